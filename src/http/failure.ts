import type { NoCommonGround } from '../planner/plan/group-refusal.ts'
import type { PlanFailure } from '../planner/plan/plan-failure.ts'
import type { BadInput } from '../planner/read/bad-input.ts'
import type { Gate } from '../wire/explain.ts'
import type { InputError } from '../wire/problem.ts'

/** Everything that can keep a request from its answer, each with its evidence. `problems.ts` knows their statuses. */
export type Failure =
  | (PlanFailure & { readonly snapshot?: string })
  | NoCommonGround
  | { readonly code: 'invalid-input'; readonly errors: readonly InputError[] }
  | { readonly code: 'bad-snapshot'; readonly errors: readonly BadInput[] }
  | { readonly code: 'unauthenticated' | 'wrong-certificate'; readonly detail: string }
  | { readonly code: 'method-not-allowed'; readonly method: string; readonly allow: readonly string[] }
  | { readonly code: 'too-many-requests'; readonly retryAfter: number }
  | { readonly code: 'unavailable'; readonly retryAfter: number; readonly detail?: string }
  | {
      readonly code: 'wrong-rollout-state'
      readonly detail: string
      readonly state: string
      readonly allowed: readonly string[]
    }
  | { readonly code: 'not-now'; readonly detail: string; readonly gates: readonly Gate[] }
  | { readonly code: PlainCode; readonly detail: string }

type PlainCode =
  | 'malformed-request'
  | 'request-timeout'
  | 'headers-too-large'
  | 'url-too-long'
  | 'malformed-body'
  | 'bad-cursor'
  | 'bad-enrollment-token'
  | 'forbidden'
  | 'host-quarantined'
  | 'no-such-route'
  | 'not-found'
  | 'already-enrolled'
  | 'not-quarantined'
  | 'no-snapshot'
  | 'snapshot-too-old'
  | 'stale-plan'
  | 'wrong-plan-state'
  | 'own-approval'
  | 'approved-already'
  | 'request-in-flight'
  | 'precondition-failed'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'idempotency-key-reused'
  | 'not-assignable'
  | 'exception-expired'
  | 'precondition-required'
  | 'internal'

/** The one thing that the shell throws. */
export class RequestFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.code)
    this.failure = failure
  }
}

export function notFound(what: string): RequestFailed {
  return new RequestFailed({ code: 'not-found', detail: `there is no such ${what}` })
}
