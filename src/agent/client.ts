import { randomUUID } from 'node:crypto'
import type { CaptureFiles, Result } from '../planner/index.ts'
import { callService, type Call, type CallOptions } from './call.ts'
import { failed, type AgentFailure } from './failure.ts'
import { HandedOut } from './handed-out.ts'
import { credentialIn, type Credential } from './identity.ts'
import { wireFiles, type AgentReport, type WireFiles } from './message.ts'

export type ClientOptions = CallOptions

export interface Enrollment {
  readonly token: string
  readonly machine_id: string
  readonly hostname: string
  readonly arch: 'arm64' | 'x86_64'
  readonly hardware_model: string
}

/**
 * The calls that an agent makes. Errors: an `AgentFailure` with the service's own words.
 * `key`: that of a message that may have been sent before; another one for each call where it is left out.
 */
export interface Client {
  enroll(enrollment: Enrollment): Promise<Result<{ host: string } & Credential, AgentFailure>>
  postSnapshot(
    host: string,
    boot_id: string,
    files: CaptureFiles | WireFiles,
    key?: string,
  ): Promise<Result<PostedSnapshot, AgentFailure>>
  /** Asks once, and waits up to `waitSeconds` for an assignment; null where there is none. */
  assignment(waitSeconds: number, signal?: AbortSignal): Promise<Result<HandedOut | null, AgentFailure>>
  report(report: AgentReport, key?: string): Promise<Result<null, AgentFailure>>
  /** Another credential for this host; the old one stays good until this one was used. */
  credential(): Promise<Result<Credential, AgentFailure>>
}

/** What the agent looks at in the answer to a snapshot. */
export interface PostedSnapshot {
  readonly id: string
  readonly memory_digest: string
  readonly landing: { readonly plan: string; readonly verdict: string } | null
}

/** How much longer than asked an answer may take. */
const GRACE_MS = 30_000

export function agentClient(options: ClientOptions): Client {
  const ask = (what: Call): Promise<Result<unknown, AgentFailure>> => callService(options, what)
  const post = (path: string, body: unknown, key: string = randomUUID()) =>
    ask({ method: 'POST', path, body, key })
  return {
    async enroll(enrollment) {
      const answer = await post('/v1/agent/enroll', enrollment)
      if (!answer.ok) return answer
      const { host } = (answer.value ?? {}) as { host?: string }
      const credential = credentialIn((answer.value ?? {}) as Partial<Credential>)
      if (typeof host !== 'string' || !credential) return failed('bad-answer', 'no host and credential in it')
      return { ok: true, value: { host, ...credential } }
    },
    async postSnapshot(host, boot_id, files, key) {
      const path = `/v1/hosts/${encodeURIComponent(host)}/snapshots`
      const answer = await post(path, { boot_id, files: wireFiles(files) }, key)
      return answer.ok ? { ok: true, value: answer.value as PostedSnapshot } : answer
    },
    async assignment(waitSeconds, signal) {
      const answer = await ask({
        method: 'GET',
        path: `/v1/agent/assignment?wait=${waitSeconds}`,
        timeoutMs: GRACE_MS + waitSeconds * 1000,
        // The loop knows better how long to wait before it asks again.
        attempts: 1,
        ...(signal && { signal }),
      })
      if (!answer.ok) return answer
      if (answer.value === null) return { ok: true, value: null }
      const checked = HandedOut.safeParse(answer.value)
      // What is kept is the answer itself: its digest covers the fields in the order in which they came.
      if (checked.success) return { ok: true, value: answer.value as HandedOut }
      const issue = checked.error.issues[0]
      const place = `at ${issue?.path.join('.')}: ${issue?.message}`
      return failed('bad-answer', `an assignment that cannot be read ${place}`)
    },
    async report(report, key) {
      const answer = await post('/v1/agent/reports', report, key)
      return answer.ok ? { ok: true, value: null } : answer
    },
    async credential() {
      const answer = await post('/v1/agent/credential', {})
      if (!answer.ok) return answer
      const credential = credentialIn((answer.value ?? {}) as Partial<Credential>)
      return credential ? { ok: true, value: credential } : failed('bad-answer', 'no credential in it')
    },
  }
}
