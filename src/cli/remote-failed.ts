import { ProblemError } from '../client/index.ts'
import { reasonOf } from './input-error.ts'
import { EXIT, type ExitCode } from './io.ts'
import { problemExit, problemText } from './problem-text.ts'

/** A call of the service came to nothing: a sentence for the operator, and what the command leaves with. */
export class RemoteFailed extends Error {
  readonly exit: ExitCode
  /** Of the service's answer; null where there was none. */
  readonly status: number | null
  constructor(sentence: string, exit: ExitCode = EXIT.failed, status: number | null = null) {
    super(sentence)
    this.exit = exit
    this.status = status
  }
}

/** `changes`: what somebody else may have changed since it was read, as words. */
export function failureOf(thrown: unknown, changes: string | undefined): RemoteFailed {
  if (thrown instanceof RemoteFailed) return thrown
  if (!(thrown instanceof ProblemError)) return new RemoteFailed(`the answer broke off: ${wordsOf(thrown)}`)
  const { problem, retryAfter } = thrown
  const { status } = problem
  // The first of its kind is written without If-Match: 428 means that it is no longer the first.
  if (changes !== undefined && (status === 412 || status === 428)) {
    return new RemoteFailed(
      `somebody else changed ${changes} in between; nothing was written, look again and repeat`,
    )
  }
  const again = retryAfter === null ? '' : `; try again in ${retryAfter} s`
  return new RemoteFailed(`${problemText(problem)}${again}`, problemExit(problem), status)
}

/** `fetch` says what went wrong in the cause; where a name has several addresses, that has a code and no words. */
export function wordsOf(thrown: unknown): string {
  const cause = (thrown as { readonly cause?: unknown }).cause ?? thrown
  return reasonOf(cause) || String((cause as NodeJS.ErrnoException).code)
}
