/** An instant: milliseconds since the epoch, UTC. Lengths of time are plain numbers whose name ends in `Ms`. */
export type Millis = number

export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000

/** Minutes that a zone's clocks are ahead of UTC at an instant; the composition takes them from its zone tables. */
export type OffsetAt = (zone: string, at: Millis) => number
