import type { CaptureFiles, Result } from '../planner/index.ts'
import { applyPlan, bootIdIn, type Applied } from './apply.ts'
import type { PostedSnapshot } from './client.ts'
import { deliver, tell } from './deliver.ts'
import type { AgentFailure } from './failure.ts'
import type { HandedOut } from './handed-out.ts'
import { modeOf } from './by-firmware.ts'
import { hasHooks, runHooks } from './hooks.ts'
import { isNews, look, show } from './look.ts'
import { detailOf } from './message.ts'
import { rotate } from './rotate.ts'
import { sessionOf, type Agent, type Session } from './session.ts'
import { verifyAssignment, type Verified } from './verify.ts'
import { settle } from './settle.ts'

/** What one round did. */
export interface Round {
  /** The newest that was shown; null where the service knew it all. */
  readonly snapshot: PostedSnapshot | null
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
  return roundOf(sessionOf(agent), { waitSeconds, stopped: () => false })
}

/** One round of an agent at work. */
export async function roundOf(
  session: Session,
  { waitSeconds, stopped }: { readonly waitSeconds: number; readonly stopped: () => boolean },
): Promise<Result<Round, AgentFailure>> {
  const { agent, client, step } = session
  const seen = await look(session)
  if (!seen.ok) return seen
  const settled = await settle(session, seen.value)
  if (!settled.ok) return settled
  const waited = await deliver(session)
  if (!waited.ok) return waited
  let snapshot = settled.value
  if (isNews(session, seen.value)) {
    const shown = await show(session, seen.value, false)
    if (!shown.ok) return shown
    snapshot = shown.value
  }
  await rotate(session)
  await step('snapshot-posted')
  if (stopped()) return { ok: true, value: { snapshot, applied: null, after: null } }

  const assignment = await client.assignment(waitSeconds, agent.signal)
  if (!assignment.ok) return assignment
  if (!assignment.value || stopped()) return { ok: true, value: { snapshot, applied: null, after: null } }
  await step('assignment-received')
  const applied = await apply(session, assignment.value, stopped)
  if (applied.outcome === 'refused' || applied.outcome === 'failed') {
    return { ok: true, value: { snapshot, applied, after: null } }
  }
  const next = await look(session)
  if (!next.ok) return next
  const after = await settle(session, next.value)
  if (!after.ok) return after
  return { ok: true, value: { snapshot, applied, after: after.value } }
}

/** Posts what this boot knows of its memory. Errors: as `once`. */
export async function postSnapshot(agent: Agent): Promise<Result<PostedSnapshot, AgentFailure>> {
  const session = sessionOf(agent)
  const seen = await look(session)
  return seen.ok ? show(session, seen.value, false) : seen
}

/** Looks whether it is from the service, and learns the service's other keys from it. */
async function verified(
  { agent, keyring }: Session,
  assignment: HandedOut,
): Promise<Result<Verified, AgentFailure>> {
  const { host } = agent.identity
  const keys = agent.signingKeys ?? keyring.signingKeys()
  const lastSerial = await agent.journal.lastSerial(host)
  const found = verifyAssignment(assignment, { host, keys, lastSerial })
  if (found.ok && !agent.signingKeys) await keyring.pin(found.value.keys)
  return found
}

async function apply(session: Session, assignment: HandedOut, stopped: () => boolean): Promise<Applied> {
  const { agent, say } = session
  const { plan, boot_entry } = assignment
  const { hooks, blocked } = agent
  const facts = (files: CaptureFiles) => ({
    BERTH_PLAN: plan.id,
    BERTH_HOST: agent.identity.host,
    BERTH_BOOT_ID: bootIdIn(files),
    BERTH_BOOT_TITLE: boot_entry.title,
    BERTH_REBOOT_MODE: modeOf(assignment),
    ...(boot_entry.version !== null && { BERTH_KERNEL_RELEASE: boot_entry.version }),
  })
  say(`applying plan ${plan.id}, by ${modeOf(assignment)}`)
  const applied = await applyPlan(assignment, {
    backend: agent.backend,
    capture: agent.capture,
    images: agent.images,
    journal: agent.journal,
    verify: (handedOut) => verified(session, handedOut),
    report: (report) =>
      tell(session, {
        ...report,
        ...(report.detail !== undefined && { detail: detailOf(report.detail) }),
      }),
    ...(hooks && { hooks: async (stage) => runHooks(hooks, stage, facts(await agent.capture())) }),
    canPowerCycle: async () => hooks !== undefined && (await hasHooks(hooks, 'power-cycle')),
    ...(blocked && { blocked }),
    stopped,
    now: session.now,
    step: session.step,
  })
  if (applied.outcome !== 'jumped')
    say(`${applied.outcome}: ${applied.because.code}: ${applied.because.detail}`)
  return applied
}
