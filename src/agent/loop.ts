import { readSnapshot, type CaptureFiles, type Result } from '../planner/index.ts'
import { applyPlan, type Applied } from './apply.ts'
import { agentClient, type Client, type PostedSnapshot } from './client.ts'
import type { AgentFailure } from './failure.ts'
import type { Identity } from './identity.ts'
import type { ImageSource } from './images.ts'
import type { Journal } from './journal.ts'
import type { KexecBackend } from './kexec-backend.ts'

/** An enrolled host and everything that its agent works with. Time comes from outside. */
export interface Agent {
  readonly identity: Identity
  readonly backend: KexecBackend
  readonly capture: () => Promise<CaptureFiles>
  readonly images: ImageSource
  readonly journal: Journal
  readonly sleep: (ms: number) => Promise<void>
  /** Where it says what it does; absent: nowhere. */
  readonly say?: (sentence: string) => void
}

export interface EnrollWith {
  readonly server: string
  readonly token: string
  readonly hostname: string
  readonly machineId: string
  readonly arch: 'arm64' | 'x86_64'
  readonly hardwareModel: string
  readonly sleep: (ms: number) => Promise<void>
}

/** Trades a token for this host's own credential. Errors: the service's refusal, a used token among them. */
export async function enroll(given: EnrollWith): Promise<Result<Identity, AgentFailure>> {
  const client = agentClient({ server: given.server, credential: null, sleep: given.sleep })
  const answer = await client.enroll({
    token: given.token,
    machine_id: given.machineId,
    hostname: given.hostname,
    arch: given.arch,
    hardware_model: given.hardwareModel,
  })
  if (!answer.ok) return answer
  return { ok: true, value: { server: given.server, ...answer.value } }
}

/** What one round did. */
export interface Round {
  readonly snapshot: PostedSnapshot
  /** null where nothing was assigned. */
  readonly applied: Applied | null
  /** The first snapshot of the next boot, with the verdict on the plan; null where there was no jump. */
  readonly after: PostedSnapshot | null
}

/**
 * One round: posts this boot's snapshot, asks for an assignment, applies it, and posts the next boot's.
 *
 * On a real host the round ends in the jump; the agent of the next boot posts the snapshot that proves it.
 * Errors: a service that cannot be reached or says no, a capture without a boot id.
 */
export async function once(agent: Agent, waitSeconds = 0): Promise<Result<Round, AgentFailure>> {
  const client = clientOf(agent)
  const posted = await post(agent, client)
  if (!posted.ok) return posted
  const assignment = await client.assignment(waitSeconds)
  if (!assignment.ok) return assignment
  if (!assignment.value) return { ok: true, value: { snapshot: posted.value, applied: null, after: null } }

  agent.say?.(`applying plan ${assignment.value.plan.id}`)
  const applied = await applyPlan(assignment.value, {
    backend: agent.backend,
    capture: agent.capture,
    images: agent.images,
    journal: agent.journal,
    report: (report) => client.report(report),
  })
  if (applied.outcome !== 'jumped')
    agent.say?.(`${applied.outcome}: ${applied.because.code}: ${applied.because.detail}`)
  if (applied.outcome === 'refused' || applied.outcome === 'failed') {
    return { ok: true, value: { snapshot: posted.value, applied, after: null } }
  }
  const after = await post(agent, client)
  if (!after.ok) return after
  return { ok: true, value: { snapshot: posted.value, applied, after: after.value } }
}

/** Pause after a round that failed. Units: milliseconds. */
const PAUSE_MS = 5_000
/** How long the service may keep a question for an assignment. */
const WAIT_SECONDS = 60

/**
 * Rounds until `stopped` says so. A round that failed is no reason to stop: the service may be away.
 */
export async function run(agent: Agent, stopped: () => boolean, waitSeconds = WAIT_SECONDS): Promise<void> {
  while (!stopped()) {
    const round = await once(agent, waitSeconds)
    if (!round.ok) agent.say?.(`${round.error.code}: ${round.error.detail}`)
    const failed = !round.ok || (round.value.applied !== null && round.value.applied.outcome !== 'jumped')
    if (failed && !stopped()) await agent.sleep(PAUSE_MS)
  }
}

/** Posts what this boot knows of its memory. Errors: as `once`. */
export async function postSnapshot(agent: Agent): Promise<Result<PostedSnapshot, AgentFailure>> {
  return post(agent, clientOf(agent))
}

function clientOf({ identity, sleep }: Agent): Client {
  return agentClient({ server: identity.server, credential: identity.credential, sleep })
}

async function post(agent: Agent, client: Client): Promise<Result<PostedSnapshot, AgentFailure>> {
  const files = await agent.capture()
  const bootId = (files['boot-id'] ?? '').trim()
  if (bootId === '')
    return { ok: false, error: { code: 'bad-capture', detail: 'the capture has no boot id' } }
  const posted = await client.postSnapshot(agent.identity.host, bootId, files)
  if (posted.ok && posted.value.landing) {
    agent.say?.(`plan ${posted.value.landing.plan}: ${posted.value.landing.verdict}`)
  }
  return posted
}

/** The architecture that a capture's uname tells. Errors: `bad-capture` with the first thing that is wrong. */
export function archOfCapture(files: CaptureFiles): Result<'arm64' | 'x86_64', AgentFailure> {
  const snapshot = readSnapshot(files)
  if (snapshot.ok) return { ok: true, value: snapshot.value.arch }
  const first = snapshot.error[0]
  return { ok: false, error: { code: 'bad-capture', detail: `${first?.file}: expected ${first?.expected}` } }
}
