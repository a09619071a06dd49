/** Why the agent did not do what it was asked; `code` is what it reports. */
export interface AgentFailure {
  readonly code: AgentFailureCode
  readonly detail: string
}

export type AgentFailureCode =
  | 'unreachable'
  | 'rejected'
  | 'bad-answer'
  | 'not-enrolled'
  | 'bad-capture'
  | 'stale-plan'
  | 'tampered-plan'
  | 'wrong-image'
  | 'image-missing'
  | 'does-not-fit'
  | 'load-refused'
  | 'loaded-differs'
  | 'did-not-boot'
