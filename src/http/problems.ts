import type { BadInput } from '../planner/read/bad-input.ts'
import type { InputError, Problem } from '../wire/problem.ts'
import type { ProblemCode } from '../wire/problem-code.ts'
import type { Failure } from './failure.ts'

/** The only table from a failure to a status. A new code does not compile until it is listed here. */
export function statusOf(code: ProblemCode): number {
  switch (code) {
    case 'invalid-input':
    case 'malformed-request':
    case 'malformed-body':
    case 'bad-snapshot':
    case 'bad-cursor':
      return 400
    case 'unauthenticated':
    case 'wrong-certificate':
    case 'bad-enrollment-token':
      return 401
    case 'forbidden':
    case 'host-quarantined':
      return 403
    case 'no-such-route':
    case 'not-found':
      return 404
    case 'method-not-allowed':
      return 405
    case 'request-timeout':
      return 408
    case 'already-enrolled':
    case 'not-quarantined':
    case 'no-snapshot':
    case 'snapshot-too-old':
    case 'stale-plan':
    case 'wrong-plan-state':
    case 'wrong-rollout-state':
    case 'own-approval':
    case 'approved-already':
    case 'not-now':
    case 'request-in-flight':
      return 409
    case 'precondition-failed':
      return 412
    case 'body-too-large':
      return 413
    case 'url-too-long':
      return 414
    case 'unsupported-media-type':
      return 415
    case 'idempotency-key-reused':
    case 'not-assignable':
    case 'no-hole':
    case 'pin-broken':
    case 'no-common-ground':
    case 'kernel-too-short':
    case 'kernel-compressed':
    case 'kernel-unknown':
    case 'kernel-other-arch':
    case 'kernel-32-bit':
    case 'kernel-not-loadable':
    case 'arch-mismatch':
    case 'cmdline-too-long':
    case 'initrd-too-large':
    case 'initrd-too-far':
    case 'over-half-of-ram':
    case 'no-crashkernel':
    case 'fdt-missing':
    case 'memblock-missing':
    case 'unknown-rules':
    case 'exception-without-evidence':
    case 'exception-expired':
      return 422
    case 'precondition-required':
      return 428
    case 'too-many-requests':
      return 429
    case 'headers-too-large':
      return 431
    case 'internal':
      return 500
    case 'unavailable':
      return 503
    default:
      return unlisted(code)
  }
}

/** A failure as RFC 9457 wants it, and the headers that go with it. */
export function problemOf(
  failure: Failure,
  instance: string,
): { problem: Problem; headers: Record<string, string> } {
  const { code } = failure
  const { headers = {}, detail, ...evidence } = told(failure)
  const problem: Problem = {
    type: `/problems/${code}`,
    title: titleOf(code),
    status: statusOf(code),
    detail,
    instance,
    code,
    ...evidence,
  }
  return { problem, headers }
}

type Told = { detail: string; headers?: Record<string, string> } & Partial<Omit<Problem, 'detail'>>

function told(failure: Failure): Told {
  switch (failure.code) {
    case 'invalid-input':
      return { detail: 'the request is not as the contract says', errors: [...failure.errors] }
    case 'bad-snapshot':
      return {
        detail: 'the snapshot could not be read; nothing was kept',
        errors: failure.errors.map(inputError),
      }
    case 'unauthenticated':
    case 'wrong-certificate':
      return { detail: failure.detail, headers: { 'www-authenticate': 'Bearer realm="berth"' } }
    case 'method-not-allowed':
      return {
        detail: `${failure.method} is not allowed here`,
        headers: { allow: failure.allow.join(', ') },
      }
    case 'too-many-requests':
      return { detail: 'the budget of this credential is used up', headers: retryAfter(failure.retryAfter) }
    case 'unavailable':
      return {
        detail: failure.detail ?? 'the service cannot take requests now',
        headers: retryAfter(failure.retryAfter),
      }
    default: {
      const { code: _, ...rest } = failure
      // The planner's failures are ready for JSON; only their lists are readonly.
      return rest as Told
    }
  }
}

function inputError(bad: BadInput): InputError {
  const { file, line, column, code, expected, found } = bad
  const place = line === null ? '' : ` at line ${line}`
  return {
    pointer: `/files/${file}`,
    code,
    detail: `${file}${place}: expected ${expected}, found ${found}`,
    file,
    line,
    column,
    expected,
    found,
  }
}

function retryAfter(seconds: number): Record<string, string> {
  return { 'retry-after': String(seconds) }
}

function titleOf(code: ProblemCode): string {
  const text = code.replaceAll('-', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function unlisted(code: never): never {
  throw new Error(`no status for ${String(code)}`)
}
