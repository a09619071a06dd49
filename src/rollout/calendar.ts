import type { Millis, OffsetAt } from './millis.ts'
import type { Freeze, RolloutSpec } from './spec.ts'
import { inWindow, nextOpening, openingAt } from './window.ts'

type Times = Pick<RolloutSpec, 'windows' | 'freezes'>

/** A calendar that has been looked through so often without an answer has none. */
const MOST_STEPS = 1000

/** The freeze that holds at `at`; the longest where several do. */
export function freezeAt(freezes: readonly Freeze[], at: Millis): Freeze | null {
  return freezes
    .filter(({ from, until }) => from <= at && at < until)
    .reduce<Freeze | null>((best, f) => (best && best.until >= f.until ? best : f), null)
}

/** Whether something may start at `at`: in a window, and in no freeze. */
export function mayStartAt({ windows, freezes }: Times, at: Millis, offsetAt: OffsetAt): boolean {
  return freezeAt(freezes, at) === null && inWindow(windows, at, offsetAt)
}

/** The first instant from `at` on at which something may start; null where the calendar knows none. */
export function nextStart({ windows, freezes }: Times, at: Millis, offsetAt: OffsetAt): Millis | null {
  let when = at
  for (let step = 0; step < MOST_STEPS; step++) {
    const freeze = freezeAt(freezes, when)
    if (freeze === null && inWindow(windows, when, offsetAt)) return when
    const next: Millis | null = freeze?.until ?? nextOpening(windows, when, offsetAt)
    if (next === null) return null
    when = next
  }
  return null
}

/** Up to when what starts at `at` may still start: the window's closing or the next freeze; null for no bound. */
export function startsUntil({ windows, freezes }: Times, at: Millis, offsetAt: OffsetAt): Millis | null {
  const bounds = freezes.map(({ from }) => from).filter((from) => from > at)
  const opening = openingAt(windows, at, offsetAt)
  if (opening) bounds.push(opening.until)
  return bounds.length === 0 ? null : Math.min(...bounds)
}
