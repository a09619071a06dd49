const FIRST_BACKOFF_MS = 1_000
const LONGEST_BACKOFF_MS = 5 * 60_000
/** Between two questions of a host that may not act: without its credential, or in quarantine. */
const SLOW_MS = 5 * 60_000
/** 1 s doubled so often is longer than the longest pause; beyond it numbers only grow. */
const MAX_DOUBLINGS = 20

/** A number from 0 up to but not including 1, each as likely as any other. */
export type Random = () => number

/** How far apart two questions lie: half an interval to a whole one, so that a fleet spreads out. */
export function pollMs(intervalMs: number, random: Random): number {
  return intervalMs * (0.5 + 0.5 * random())
}

/**
 * The pause after `failures` calls in a row that failed, counted from 0: anything up to the limit, which doubles.
 *
 * Units: milliseconds. Source: full jitter, as in AWS's "Exponential Backoff and Jitter".
 */
export function backoffMs(failures: number, random: Random): number {
  return random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures, MAX_DOUBLINGS))
}

/** The pause before the first call of all: a fleet that is switched on at once does not call at once. */
export function splayMs(intervalMs: number, random: Random): number {
  return random() * intervalMs
}

export function slowMs(random: Random): number {
  return SLOW_MS * (0.5 + 0.5 * random())
}
