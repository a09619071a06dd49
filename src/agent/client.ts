import { randomUUID } from 'node:crypto'
import { request, type Dispatcher } from 'undici'
import type { CaptureFiles, Result } from '../planner/index.ts'
import { Assignment } from '../wire/agent.ts'
import type { Report } from '../wire/plan.ts'
import type { AgentFailure } from './failure.ts'

export interface ClientOptions {
  /** Base URL of the service, with or without a slash at the end. */
  readonly server: string
  /** The host's credential; null before it has enrolled. */
  readonly credential: string | null
  readonly sleep: (ms: number) => Promise<void>
  /** Tries before giving up; 6 unless said otherwise. */
  readonly attempts?: number
}

export interface Enrollment {
  readonly token: string
  readonly machine_id: string
  readonly hostname: string
  readonly arch: 'arm64' | 'x86_64'
  readonly hardware_model: string
}

/** The calls that an agent makes. Errors: an `AgentFailure` with the service's own words. */
export interface Client {
  enroll(enrollment: Enrollment): Promise<Result<{ host: string; credential: string }, AgentFailure>>
  postSnapshot(
    host: string,
    boot_id: string,
    files: CaptureFiles,
  ): Promise<Result<PostedSnapshot, AgentFailure>>
  /** Waits up to `waitSeconds` for an assignment; null where there is none. */
  assignment(waitSeconds: number): Promise<Result<Assignment | null, AgentFailure>>
  report(report: Report): Promise<Result<null, AgentFailure>>
}

/** What the agent looks at in the answer to a snapshot. */
export interface PostedSnapshot {
  readonly id: string
  readonly memory_digest: string
  readonly landing: { readonly plan: string; readonly verdict: string } | null
}

interface Call {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly timeoutMs?: number
}

const DEFAULT_ATTEMPTS = 6
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000
const TIMEOUT_MS = 30_000

export function agentClient(options: ClientOptions): Client {
  const call = (c: Call): Promise<Result<unknown, AgentFailure>> => callWithRetries(options, c)
  return {
    async enroll(enrollment) {
      const answer = await call({ method: 'POST', path: '/v1/agent/enroll', body: enrollment })
      return answer.ok ? { ok: true, value: answer.value as { host: string; credential: string } } : answer
    },
    async postSnapshot(host, boot_id, files) {
      const body = { boot_id, files: wireFiles(files) }
      const answer = await call({
        method: 'POST',
        path: `/v1/hosts/${encodeURIComponent(host)}/snapshots`,
        body,
      })
      return answer.ok ? { ok: true, value: answer.value as PostedSnapshot } : answer
    },
    async assignment(waitSeconds) {
      const timeoutMs = TIMEOUT_MS + waitSeconds * 1000
      const answer = await call({
        method: 'GET',
        path: `/v1/agent/assignment?wait=${waitSeconds}`,
        timeoutMs,
      })
      if (!answer.ok) return answer
      if (answer.value === null) return { ok: true, value: null }
      const checked = Assignment.safeParse(answer.value)
      // What is kept is the answer itself: its digest covers the fields in the order in which they came.
      if (checked.success) return { ok: true, value: answer.value as Assignment }
      const issue = checked.error.issues[0]
      return failure(
        'bad-answer',
        `an assignment that cannot be read at ${issue?.path.join('.')}: ${issue?.message}`,
      )
    },
    async report(report) {
      const answer = await call({ method: 'POST', path: '/v1/agent/reports', body: report })
      return answer.ok ? { ok: true, value: null } : answer
    },
  }
}

/** Texts as they are, blobs in base64. */
function wireFiles(files: CaptureFiles): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : Buffer.from(content).toString('base64'),
    ]),
  )
}

/**
 * One call, again while the service is away or overloaded. The key stays the same, so that a call
 * whose answer was lost has its effect once.
 */
async function callWithRetries(options: ClientOptions, call: Call): Promise<Result<unknown, AgentFailure>> {
  const key = randomUUID()
  const attempts = options.attempts ?? DEFAULT_ATTEMPTS
  let last = ''
  for (let attempt = 0; attempt < attempts; attempt++) {
    let retryAfterMs: number | null = null
    try {
      const answer = await send(options, call, key)
      const body = await readBody(answer)
      if (answer.statusCode < 300) return { ok: true, value: body }
      last = problemText(answer.statusCode, body)
      if (answer.statusCode < 500 && answer.statusCode !== 429) return failure('rejected', last)
      retryAfterMs = retryAfter(answer)
    } catch (error) {
      last = (error as Error).message || String((error as NodeJS.ErrnoException).code)
    }
    if (attempt + 1 < attempts) await options.sleep(retryAfterMs ?? pauseMs(attempt))
  }
  return failure('unreachable', `${call.method} ${call.path}: ${last}`)
}

function send(options: ClientOptions, call: Call, key: string): Promise<Dispatcher.ResponseData> {
  const timeout = call.timeoutMs ?? TIMEOUT_MS
  return request(`${options.server.replace(/\/+$/, '')}${call.path}`, {
    method: call.method,
    headersTimeout: timeout,
    bodyTimeout: timeout,
    headers: {
      accept: 'application/json',
      ...(options.credential === null ? {} : { authorization: `Bearer ${options.credential}` }),
      ...(call.method === 'POST' ? { 'content-type': 'application/json', 'idempotency-key': key } : {}),
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
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

/** A problem's own words; they name the place in a capture that was wrong. */
function problemText(status: number, body: unknown): string {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as {
    code?: string
    detail?: string
    title?: string
    errors?: readonly { pointer?: string; detail?: string }[]
  }
  const places = (problem.errors ?? []).slice(0, 3).map((e) => `${e.pointer ?? ''} ${e.detail ?? ''}`.trim())
  return [`${status}`, problem.code, problem.detail ?? problem.title, ...places].filter(Boolean).join(': ')
}

function retryAfter(answer: Dispatcher.ResponseData): number | null {
  const seconds = Number(answer.headers['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : null
}

function pauseMs(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
}

function failure(code: AgentFailure['code'], detail: string): Result<never, AgentFailure> {
  return { ok: false, error: { code, detail } }
}
