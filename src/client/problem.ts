import type { components } from './generated/api.ts'

/** What the service says of a request that it refuses (RFC 9457). */
export type Problem = components['schemas']['Problem']

/** What stood between may answer too: then only the status is known, and the first words. */
export type Refused = Pick<Problem, 'status' | 'title' | 'detail'> & Partial<Problem>

const WORDS_KEPT = 200

/** The service refused. `retryAfter` is in seconds, where it said when to come again. */
export class ProblemError extends Error {
  readonly problem: Refused
  readonly retryAfter: number | null
  constructor({ problem, retryAfter }: Answered, asked: { readonly method: string; readonly url: string }) {
    super(`${asked.method} ${new URL(asked.url).pathname}: ${problem.status} ${problem.detail}`)
    this.name = 'ProblemError'
    this.problem = problem
    this.retryAfter = retryAfter
  }
}

interface Answered {
  readonly problem: Refused
  readonly retryAfter: number | null
}

/** Reads a refusal, whoever has sent it. */
export async function problemIn(response: Response): Promise<Answered> {
  const text = await response.text().catch(() => '')
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    problem: told(response, text),
    retryAfter: Number.isFinite(seconds) && seconds >= 0 ? seconds : null,
  }
}

function told({ status, statusText }: Response, text: string): Refused {
  try {
    const read: unknown = JSON.parse(text)
    if (typeof read === 'object' && read !== null && 'code' in read) return { ...(read as Problem), status }
  } catch {
    // What answered is not Berth.
  }
  const detail = text.slice(0, WORDS_KEPT).trim()
  return { status, title: statusText, detail: detail === '' ? statusText : detail }
}
