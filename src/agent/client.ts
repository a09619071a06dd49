import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { CaptureFiles, Result } from '../planner/index.ts'
import type { AnswerOf, At, BodyOf, PathOf } from '../client/contract.ts'
import type { Schemas } from '../client/index.ts'
import { callService, type CallOptions } from './call.ts'
import { SigningKey } from '../wire/signing.ts'
import { failed, type AgentFailure } from './failure.ts'
import { HandedOut } from './handed-out.ts'
import { credentialIn, type Credential } from './identity.ts'
import { wireFiles, type AgentReport, type WireFiles } from './message.ts'

export type ClientOptions = CallOptions

export type Enrollment = Schemas['Enrollment']

export interface Enrolled extends Credential {
  readonly host: string
  /** The service's public keys. */
  readonly signing_keys: readonly string[]
}

/**
 * The calls that an agent makes. Errors: an `AgentFailure` with the service's own words.
 * `key`: that of a message that may have been sent before; another one for each call where it is left out.
 */
export interface Client {
  enroll(enrollment: Enrollment): Promise<Result<Enrolled, AgentFailure>>
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
export type PostedSnapshot = Pick<Schemas['PostedSnapshot'], 'id' | 'memory_digest' | 'landing'>

/** How much longer than asked an answer may take. */
const GRACE_MS = 30_000

export function agentClient(options: ClientOptions): Client {
  const post = <P extends PathOf<'post'>>(
    path: P,
    {
      at,
      body,
      key = randomUUID(),
    }: { at?: At<'post', P>; body: BodyOf<'post', P>; key?: string | undefined },
  ): Promise<Result<AnswerOf<'post', P>, AgentFailure>> =>
    callService(options, { method: 'post', path, ...(at && { at }), body, key })
  return {
    async enroll(enrollment) {
      const answer = await post('/v1/agent/enroll', { body: enrollment })
      if (!answer.ok) return answer
      const { host, signing_keys, ...rest }: Partial<Schemas['Enrolled']> = answer.value ?? {}
      const credential = credentialIn(rest)
      if (typeof host !== 'string' || !credential) return failed('bad-answer', 'no host and credential in it')
      const keys = z.array(SigningKey).min(1).safeParse(signing_keys)
      if (!keys.success) return failed('bad-answer', 'no signing keys in it')
      return { ok: true, value: { host, signing_keys: keys.data.map((k) => k.public_key), ...credential } }
    },
    async postSnapshot(host, boot_id, files, key) {
      const at = { path: { hostId: host } }
      const body = { boot_id, files: wireFiles(files) }
      return post('/v1/hosts/{hostId}/snapshots', { at, body, key })
    },
    async assignment(waitSeconds, signal) {
      const answer = await callService(options, {
        method: 'get',
        path: '/v1/agent/assignment',
        at: { query: { wait: waitSeconds } },
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
      const answer = await post('/v1/agent/reports', { body: report, key })
      return answer.ok ? { ok: true, value: null } : answer
    },
    async credential() {
      const answer = await post('/v1/agent/credential', { body: {} })
      if (!answer.ok) return answer
      const credential = credentialIn(answer.value ?? {})
      return credential ? { ok: true, value: credential } : failed('bad-answer', 'no credential in it')
    },
  }
}
