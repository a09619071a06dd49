import type { Dispatcher } from 'undici'
import { readSnapshot, type CaptureFiles, type Result } from '../planner/index.ts'
import { agentClient } from './client.ts'
import { failed, type AgentFailure } from './failure.ts'
import type { Identity } from './identity.ts'

export interface EnrollWith {
  readonly server: string
  readonly token: string
  readonly hostname: string
  readonly machineId: string
  readonly arch: 'arm64' | 'x86_64'
  readonly hardwareModel: string
  /** The service's public keys, where an operator has given them; else those that it tells are believed. */
  readonly signingKeys?: readonly string[]
  /** How to connect; undici's own way where it is left out. */
  readonly dispatcher?: Dispatcher
  readonly sleep: (ms: number) => Promise<void>
  /** Units: milliseconds since 1970. */
  readonly now?: () => number
}

/** Trades a token for this host's own credential. Errors: the service's refusal, a used token among them. */
export async function enroll(given: EnrollWith): Promise<Result<Identity, AgentFailure>> {
  const { server, sleep, dispatcher } = given
  const client = agentClient({ server, credential: null, sleep, ...(dispatcher && { dispatcher }) })
  const answer = await client.enroll({
    token: given.token,
    machine_id: given.machineId,
    hostname: given.hostname,
    arch: given.arch,
    hardware_model: given.hardwareModel,
  })
  if (!answer.ok) return answer
  const issued_at = new Date((given.now ?? Date.now)()).toISOString()
  const { expires_at } = answer.value
  const signing_keys = given.signingKeys ?? answer.value.signing_keys
  const identity = { server: given.server, ...answer.value, signing_keys }
  return { ok: true, value: { ...identity, ...(expires_at && { issued_at }) } }
}

/** The architecture that a capture's uname tells. Errors: `bad-capture` with the first thing that is wrong. */
export function archOfCapture(files: CaptureFiles): Result<'arm64' | 'x86_64', AgentFailure> {
  const snapshot = readSnapshot(files)
  if (snapshot.ok) return { ok: true, value: snapshot.value.arch }
  const first = snapshot.error[0]
  return failed('bad-capture', `${first?.file}: expected ${first?.expected}`)
}
