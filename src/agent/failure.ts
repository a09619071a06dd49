/** Why the agent did not do what it was asked; `code` is what it reports. */
export interface AgentFailure {
  readonly code: AgentFailureCode
  readonly detail: string
  /** The service's answer, where it gave one. */
  readonly status?: number
  /** The code of the service's problem. */
  readonly problem?: string
  /** How long the service asked to be left alone. */
  readonly retryAfterMs?: number
}

export type AgentFailureCode =
  | 'unreachable'
  | 'rejected'
  | 'bad-answer'
  | 'not-enrolled'
  | 'bad-capture'
  | 'stale-plan'
  | 'tampered-plan'
  | 'unverified-plan'
  | 'replayed-plan'
  | 'too-late'
  | 'blocked'
  | 'hook-failed'
  | 'stopped'
  | 'interrupted'
  | 'spool-full'
  | 'wrong-image'
  | 'image-missing'
  | 'does-not-fit'
  | 'load-refused'
  | 'loaded-differs'
  | 'no-power-cycle'
  | 'did-not-boot'

export function failed(
  code: AgentFailureCode,
  detail: string,
): { readonly ok: false; readonly error: AgentFailure } {
  return { ok: false, error: { code, detail } }
}

/** This host may not act: an operator has to look at it first. */
export function isQuarantine({ problem }: AgentFailure): boolean {
  return problem === 'host-quarantined' || problem === 'already-enrolled'
}

/** The service knows the host no more, or not like this; asking again at once changes nothing. */
export function isUnwelcome({ status }: AgentFailure): boolean {
  return status === 401 || status === 403
}

/** The same message will never be taken; who may not speak now may later. */
export function isFinal(failure: AgentFailure): boolean {
  return failure.code === 'rejected' && !isUnwelcome(failure) && !isQuarantine(failure)
}
