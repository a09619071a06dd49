/** What an attempt came to. */
export interface Attempted {
  readonly outcome: 'delivered' | 'failed' | 'gone'
  /** Of the answer; null where none came. */
  readonly status: number | null
  readonly detail: string
  /** How long the receiver asks to be left alone. Units: seconds. */
  readonly retryAfter: number | null
}

/** How a webhook stands. */
export interface Standing {
  readonly state: string
  readonly failures: number
}

/**
 * How long after each attempt in vain the next one comes. Units: seconds.
 *
 * Source: the retry schedule of the Standard Webhooks specification, 1.0.0.
 */
export const RETRY_AFTER_S = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const

const DAY_S = 86_400
/** So much later, at most: receivers that failed together are not asked together. */
const JITTER = 0.1

/**
 * How a webhook stands after an attempt, and before when it is not tried again.
 *
 * No event is given up: after the whole schedule the webhook is failing, and the same event is tried once a day. A receiver may
 * ask for more time than the schedule gives, up to a day.
 *
 * Units: `chance` lies in [0, 1).
 */
export function afterAttempt(
  { state, failures }: Standing,
  { outcome, retryAfter }: Attempted,
  { at, chance }: { readonly at: Date; readonly chance: number },
): Standing & { readonly nextAt: Date | null } {
  if (outcome === 'delivered') return { state: 'active', failures: 0, nextAt: null }
  if (outcome === 'gone') return { state: 'disabled', failures: failures + 1, nextAt: null }
  const scheduled = RETRY_AFTER_S[failures] ?? DAY_S
  const seconds = Math.max(scheduled, Math.min(retryAfter ?? 0, DAY_S)) * (1 + JITTER * chance)
  return {
    state: failures < RETRY_AFTER_S.length ? state : 'failing',
    failures: failures + 1,
    nextAt: new Date(at.getTime() + Math.ceil(seconds * 1000)),
  }
}
