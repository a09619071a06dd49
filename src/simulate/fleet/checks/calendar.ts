import { WEEKDAYS, type Window } from '../../../rollout/window.ts'
import { only, type Checked, type History } from '../history.ts'

const MINUTE = 60_000
/** Clocks are put back by no more than that. Units: minutes. */
const LOOKED_BACK = 180

/** Nothing is handed out, and no host jumps, outside the windows or in a freeze. */
export function insideWindows(history: History): Checked {
  const violations: string[] = []
  const handedOut = only(history, 'handed-out')
  const rolloutOf = new Map(handedOut.map((h) => [h.plan, h.rollout]))
  const moments = [
    ...handedOut.map((h) => ({ ...h, does: 'was handed its plan' })),
    ...only(history, 'jumped').map((j) => ({
      ...j,
      rollout: j.plan === null ? null : (rolloutOf.get(j.plan) ?? null),
      does: 'jumped',
    })),
  ]
  let looked = 0
  for (const { at, host, rollout, does } of moments) {
    const asked = history.asked.find((a) => a.rollout === rollout)
    if (!asked) continue
    looked += 1
    if (asked.freezes.some((f) => f.from <= at && at < f.until))
      violations.push(`${at}: ${host} ${does} in a freeze`)
    if (asked.windows.length > 0 && !asked.windows.some((w) => isOpen(w, at)))
      violations.push(`${at}: ${host} ${does} outside every window`)
  }
  return { looked, violations }
}

const known = new Map<string, boolean>()

/**
 * Whether a window is open, by the clock on the wall: one of the last minutes was the first that showed its start,
 * or more, on that date.
 */
export function isOpen(window: Window, at: number): boolean {
  const key = JSON.stringify([window, Math.floor(at / MINUTE)])
  const before = known.get(key)
  if (before !== undefined) return before
  const open = looksOpen(window, at)
  known.set(key, open)
  return open
}

function looksOpen({ zone, start, days, durationMinutes }: Window, at: number): boolean {
  for (let ago = 0; ago < durationMinutes; ago++) {
    const minute = at - ago * MINUTE
    const shown = wallClock(zone, minute)
    const date = shown.slice(0, 10)
    const wanted = `${date} ${start}`
    const weekday = WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()]
    if (weekday === undefined || !days.includes(weekday) || shown < wanted) continue
    // The minute before showed less, or another date: this is where it opened, if no earlier one did.
    if (wallClock(zone, minute - MINUTE) >= wanted) continue
    const earlier = Array.from({ length: LOOKED_BACK }, (_, i) => wallClock(zone, minute - (i + 1) * MINUTE))
    if (earlier.every((text) => text < wanted)) return true
  }
  return false
}

const formats = new Map<string, Intl.DateTimeFormat>()
const shownAt = new Map<string, string>()

/** `YYYY-MM-DD HH:MM` as the clocks of a zone show it. */
function wallClock(zone: string, at: number): string {
  const key = `${zone} ${Math.floor(at / MINUTE)}`
  const before = shownAt.get(key)
  if (before !== undefined) return before
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  formats.set(zone, format)
  const text = format.format(at)
  shownAt.set(key, text)
  return text
}
