import { request, type Dispatcher } from 'undici'
import type { AnswerOf, At, BodyOf, PathOf } from '../client/contract.ts'
import { pathWith } from '../client/path-with.ts'
import type { Result } from '../planner/index.ts'
import { failed, type AgentFailure } from './failure.ts'
import type { Keyring } from './keyring.ts'
import { backoffMs, type Random } from './pace.ts'
import { readRetryAfter } from './retry-after.ts'

export interface CallOptions {
  /** Base URL of the service, with or without a slash at the end. */
  readonly server: string
  /** The host's credential, or those that it is changing; null before it has enrolled. */
  readonly credential: string | Keyring | null
  readonly sleep: (ms: number) => Promise<void>
  /** Tries before giving up; 6 unless said otherwise. */
  readonly attempts?: number
  readonly random?: Random
  /** How to connect; undici's own way where it is left out. */
  readonly dispatcher?: Dispatcher
  /** Units: milliseconds since 1970. */
  readonly now?: () => number
}

type Method = 'get' | 'post'

/** One operation of the contract, and what it is told. */
export interface Call<M extends Method, P extends PathOf<M>> extends Manner {
  readonly method: M
  readonly path: P
  readonly at?: At<M, P>
  readonly body?: BodyOf<M, P>
}

/** How it is called. */
interface Manner {
  /** The service does what comes twice with one key once. */
  readonly key?: string
  readonly timeoutMs?: number
  readonly attempts?: number
  /** Gives up at once. */
  readonly signal?: AbortSignal
}

const DEFAULT_ATTEMPTS = 6
const TIMEOUT_MS = 30_000
/** A longer pause is not waited for inside a call: it is told, and the loop waits. */
const LONGEST_PAUSE_MS = 60_000
/** With it the service asks an agent to change its credential. */
const ROTATE_HEADER = 'berth-credential'

/**
 * One call, again while the service is away or overloaded, with growing random pauses or as long as it asks.
 * The key stays the same, so that a call whose answer was lost has its effect once.
 *
 * Errors: `rejected` with the service's own words, `unreachable` after the last try.
 */
export async function callService<M extends Method, P extends PathOf<M>>(
  options: CallOptions,
  operation: Call<M, P>,
): Promise<Result<AnswerOf<M, P>, AgentFailure>> {
  const what = sentFor(operation)
  const { sleep, random = Math.random, now = Date.now } = options
  const attempts = what.attempts ?? options.attempts ?? DEFAULT_ATTEMPTS
  let last: AgentFailure = { code: 'unreachable', detail: 'not tried' }
  for (let attempt = 0; attempt < attempts && !what.signal?.aborted; attempt++) {
    if (attempt > 0) await sleep(last.retryAfterMs ?? backoffMs(attempt - 1, random))
    let tried = await tryOnce(options, what, now)
    // Another credential is no other try: a host may be in the middle of changing them.
    if (tried === 'other-credential') tried = await tryOnce(options, what, now)
    if (tried === 'other-credential') return failed('rejected', 'the service takes none of the credentials')
    // What an answer must have is looked at by whoever needs it.
    if (tried.ok) return tried as Result<AnswerOf<M, P>, AgentFailure>
    last = tried.error
    if (last.code === 'rejected' || (last.retryAfterMs ?? 0) > LONGEST_PAUSE_MS) break
  }
  if (last.code === 'rejected') return { ok: false, error: last }
  return { ok: false, error: { ...last, detail: `${what.method} ${what.path}: ${last.detail}` } }
}

interface Sent extends Manner {
  readonly method: 'GET' | 'POST'
  /** With its operands in it, and its query. */
  readonly path: string
  readonly body?: unknown
}

function sentFor<M extends Method, P extends PathOf<M>>({ method, path, at, ...rest }: Call<M, P>): Sent {
  return { ...rest, method: method === 'get' ? 'GET' : 'POST', path: pathWith<M, P>(path, at) }
}

async function tryOnce(
  options: CallOptions,
  what: Sent,
  now: () => number,
): Promise<Result<unknown, AgentFailure> | 'other-credential'> {
  const keyring = typeof options.credential === 'object' ? options.credential : null
  const credential = keyring?.current() ?? (options.credential as string | null)
  let answer: Dispatcher.ResponseData
  let body: unknown
  try {
    answer = await send(options, what, credential)
    body = await readBody(answer)
  } catch (error) {
    const said = (error as Error).message || String((error as NodeJS.ErrnoException).code)
    return failed('unreachable', said)
  }
  const { statusCode: status, headers } = answer
  if (keyring && headers[ROTATE_HEADER] === 'rotate') keyring.wanted()
  if (keyring && credential !== null && status === 401 && (await keyring.refused(credential)))
    return 'other-credential'
  if (keyring && credential !== null && status < 300) await keyring.worked(credential)
  if (status < 300) return { ok: true, value: body }
  const problem = problemIn(body)
  const retryAfterMs = readRetryAfter(headers['retry-after'], now())
  const isAway = status >= 500 || status === 429 || problem.code === 'request-in-flight'
  return {
    ok: false,
    error: {
      code: isAway ? 'unreachable' : 'rejected',
      detail: problemText(status, problem),
      status,
      ...(problem.code !== undefined && { problem: problem.code }),
      ...(retryAfterMs !== null && { retryAfterMs }),
    },
  }
}

function send(options: CallOptions, what: Sent, credential: string | null): Promise<Dispatcher.ResponseData> {
  const timeout = what.timeoutMs ?? TIMEOUT_MS
  return request(`${options.server.replace(/\/+$/, '')}${what.path}`, {
    method: what.method,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    headers: {
      accept: 'application/json',
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
      ...(what.body !== undefined && { 'content-type': 'application/json' }),
      ...(what.key !== undefined && { 'idempotency-key': what.key }),
    },
    body: what.body === undefined ? null : JSON.stringify(what.body),
    ...(options.dispatcher && { dispatcher: options.dispatcher }),
    ...(what.signal && { signal: what.signal }),
  })
}

async function readBody(answer: Dispatcher.ResponseData): Promise<unknown> {
  const text = await answer.body.text()
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return answer.statusCode < 300 ? Promise.reject(new Error('the answer is not JSON')) : text.slice(0, 200)
  }
}

interface ProblemSeen {
  readonly code?: string
  readonly detail?: string
  readonly title?: string
  readonly errors?: readonly { pointer?: string; detail?: string }[]
}

function problemIn(body: unknown): ProblemSeen {
  return typeof body === 'object' && body !== null ? body : {}
}

/** A problem's own words; they name the place in a capture that was wrong. */
function problemText(status: number, problem: ProblemSeen): string {
  const places = (problem.errors ?? []).slice(0, 3).map((e) => `${e.pointer ?? ''} ${e.detail ?? ''}`.trim())
  return [`${status}`, problem.code, problem.detail ?? problem.title, ...places].filter(Boolean).join(': ')
}
