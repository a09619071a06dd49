import { DAY_MS, MINUTE_MS, type Millis, type OffsetAt } from './millis.ts'

/** Sunday first, as 1970-01-01 was a Thursday: day number plus 4, modulo 7. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/** A time that comes back every week, by the clocks of one zone. */
export interface Window {
  /** The local days on which it opens; it may close on a later one. */
  readonly days: readonly Weekday[]
  /** `HH:MM` on the local clock. */
  readonly start: string
  /** Time that passes, whatever the clocks do meanwhile. */
  readonly durationMinutes: number
  /** IANA name. */
  readonly zone: string
}

/** A week: longer, and a window would run into its own next opening. */
export const MOST_DURATION_MINUTES = 7 * 24 * 60

/** One opening of a window: from `from` on, up to and without `until`. */
export interface Opening {
  readonly from: Millis
  readonly until: Millis
}

/** No zone is further from UTC than this. */
const WIDEST_OFFSET_MS = 15 * 60 * MINUTE_MS

/**
 * When a window opens on one local date: the first instant at which the clock shows its start or later.
 *
 * Where clocks are put forward and the start is skipped, that is the instant at which they are put forward.
 * Where they are put back and the start comes twice, it is the first time. How long the window stays open
 * is time that passes: a window of two hours is open for two hours in either night.
 *
 * Units: `day` is the local date as days since 1970-01-01.
 */
export function opensOn(window: Window, day: number, offsetAt: OffsetAt): Millis {
  const local = day * DAY_MS + startMinutes(window) * MINUTE_MS
  const offset = (at: Millis) => offsetAt(window.zone, at) * MINUTE_MS
  const low = local - WIDEST_OFFSET_MS
  const high = local + WIDEST_OFFSET_MS
  const [before, after] = [offset(low), offset(high)]
  if (before === after) return local - before
  const turn = firstWith(low, high, (at) => offset(at) === after)
  if (local - before < turn) return local - before
  return Math.max(local - after, turn)
}

/** The opening that holds `at`, the one that closes last where there are several; null outside every window. */
export function openingAt(windows: readonly Window[], at: Millis, offsetAt: OffsetAt): Opening | null {
  const open = windows
    .flatMap((w) => openings(w, at - w.durationMinutes * MINUTE_MS, at, offsetAt))
    .filter(({ from, until }) => from <= at && at < until)
  return open.reduce<Opening | null>((best, o) => (best && best.until >= o.until ? best : o), null)
}

/** Whether something may start at `at`; no windows at all means always. */
export function inWindow(windows: readonly Window[], at: Millis, offsetAt: OffsetAt): boolean {
  return windows.length === 0 || openingAt(windows, at, offsetAt) !== null
}

/** The next opening after `at`; null where no window has a day. */
export function nextOpening(windows: readonly Window[], at: Millis, offsetAt: OffsetAt): Millis | null {
  const next = windows.flatMap((w) => {
    const found = nearest(w, at, 1, offsetAt, ({ from }) => from > at)
    return found ? [found.from] : []
  })
  return next.length === 0 ? null : Math.min(...next)
}

/** When the last opening before `at` closed; null where no window has a day. */
export function lastClosing(windows: readonly Window[], at: Millis, offsetAt: OffsetAt): Millis | null {
  const last = windows.flatMap((w) => {
    const found = nearest(w, at - w.durationMinutes * MINUTE_MS, -1, offsetAt, ({ until }) => until <= at)
    return found ? [found.until] : []
  })
  return last.length === 0 ? null : Math.max(...last)
}

/** The local date is never further from the UTC date than this. Units: days. */
const MOST_DAYS_OFF = 2

/** The first opening that will do, from the date of `at` on, or back from it. */
function nearest(
  window: Window,
  at: Millis,
  step: 1 | -1,
  offsetAt: OffsetAt,
  willDo: (opening: Opening) => boolean,
): Opening | null {
  const first = Math.floor(at / DAY_MS) - step * MOST_DAYS_OFF
  for (let n = 0; n <= 7 + 2 * MOST_DAYS_OFF; n++) {
    const opening = openingOn(window, first + step * n, offsetAt)
    if (opening && willDo(opening)) return opening
  }
  return null
}

/** Every opening that could begin between two instants, and some around them. */
function openings(window: Window, from: Millis, last: Millis, offsetAt: OffsetAt): Opening[] {
  const first = Math.floor(from / DAY_MS) - MOST_DAYS_OFF
  const days = Math.floor(last / DAY_MS) + MOST_DAYS_OFF - first + 1
  return Array.from({ length: days }, (_, n) => openingOn(window, first + n, offsetAt)).filter(
    (o) => o !== null,
  )
}

function openingOn(window: Window, day: number, offsetAt: OffsetAt): Opening | null {
  if (!window.days.includes(WEEKDAYS[(((day + 4) % 7) + 7) % 7] as Weekday)) return null
  const from = opensOn(window, day, offsetAt)
  return { from, until: from + window.durationMinutes * MINUTE_MS }
}

/** The first instant after `low` for which `holds`; it holds at `high`, and goes on holding once it does. */
function firstWith(low: Millis, high: Millis, holds: (at: Millis) => boolean): Millis {
  let [no, yes] = [low, high]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (holds(middle)) yes = middle
    else no = middle
  }
  return yes
}

function startMinutes({ start }: Window): number {
  const [hours, minutes] = start.split(':')
  return Number(hours) * 60 + Number(minutes)
}
