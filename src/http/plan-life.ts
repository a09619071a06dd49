import type { PlanBody } from '../planner/index.ts'
import { newId } from '../store/new-id.ts'
import type { PlanState } from '../store/plan-states.ts'
import type { Plan } from '../store/plans.ts'
import type { Landing, PlanStateName, Report } from '../wire/plan.ts'
import { RequestFailed } from './failure.ts'
import { mustNotHaveExpired } from './plan-grounds.ts'
import type { Writing } from './write.ts'

/** A host that jumped and says nothing for so long is missing. */
const SILENCE_MS = 15 * 60 * 1000

/** From which states a report may bring a plan to its own. */
const BEFORE: Record<Report['phase'], readonly PlanStateName[]> = {
  loaded: ['assigned'],
  executing: ['loaded'],
  refused: ['assigned', 'loaded'],
  failed: ['assigned', 'loaded', 'executing'],
}

interface Step {
  readonly state: PlanStateName
  readonly detail: string
  readonly bootId?: string
  readonly segments?: Report['segments']
  readonly landing?: Landing
  readonly snapshot?: string
}

/** Brings a plan one step on, and writes that into the host's timeline and the audit. */
export async function step(
  writing: Writing,
  of: { planId: string; hostId: string },
  to: Step,
): Promise<PlanState> {
  const { rows, at } = writing
  const { planId: plan, hostId } = of
  const row = await rows.planStates.change(plan, {
    state: to.state,
    since: at,
    detail: to.detail,
    ...(to.bootId !== undefined && { bootId: to.bootId }),
    ...(to.segments && { segments: JSON.stringify(to.segments) }),
    ...(to.landing && { landing: JSON.stringify(to.landing) }),
  })
  const kind = `plan-${to.state}`
  const event = {
    id: newId('ev', at),
    hostId,
    at,
    kind,
    detail: to.detail,
    plan,
    snapshot: to.snapshot ?? null,
  }
  await rows.timeline.append(event)
  await writing.audit(`plan.${to.state}`, plan, { host: hostId, detail: to.detail })
  return row
}

/**
 * Hands a plan to the host's agent; what was handed out before is superseded.
 *
 * Errors: `not-assignable` for a plan that no agent applies, `stale-plan` when the host has shown other
 * memory since, `exception-expired`, `wrong-plan-state` when it was handed out already or the host is in the middle of a jump.
 */
export async function assign(writing: Writing, plan: Plan): Promise<PlanState> {
  const { rows, at } = writing
  if (plan.purpose !== 'reboot' || plan.strategy === 'kexec_tools') {
    const detail = 'an agent applies reboot plans of the strategies pinned and kexec_file only'
    throw new RequestFailed({ code: 'not-assignable', detail })
  }
  const state = await rows.planStates.get(plan.id)
  if (state?.state !== 'planned') {
    throw new RequestFailed({ code: 'wrong-plan-state', detail: `the plan is ${state?.state}, not planned` })
  }
  if ((await rows.snapshots.newestId(plan.hostId)) !== plan.snapshotId) {
    throw new RequestFailed({
      code: 'stale-plan',
      detail: 'the host has posted another snapshot since; plan again',
    })
  }
  mustNotHaveExpired(JSON.parse(plan.body) as PlanBody, at)
  for (const other of await rows.planStates.of(plan.hostId, ['assigned', 'loaded', 'executing'])) {
    const silent = at.getTime() - other.since.getTime() >= SILENCE_MS
    if (other.state === 'executing' && !silent) {
      throw new RequestFailed({ code: 'wrong-plan-state', detail: `the host is executing ${other.planId}` })
    }
    const to: Step =
      other.state === 'executing'
        ? { state: 'missing', detail: 'no snapshot came after the jump' }
        : { state: 'superseded', detail: `by ${plan.id}` }
    await step(writing, other, to)
  }
  return step(
    writing,
    { planId: plan.id, hostId: plan.hostId },
    { state: 'assigned', detail: `by ${writing.actor}` },
  )
}

/**
 * Takes an agent's word for what it did; what came of it is judged by evidence alone, later.
 *
 * Errors: `wrong-plan-state` for a step that does not follow from where the plan stands.
 */
export async function report(writing: Writing, state: PlanState, said: Report): Promise<PlanState> {
  const { phase, boot_id: bootId, detail = '', segments } = said
  // The answer to the first report was lost: nothing new is said.
  if (state.state === phase) return state
  if (!BEFORE[phase].includes(state.state as PlanStateName)) {
    throw new RequestFailed({
      code: 'wrong-plan-state',
      detail: `${phase} does not follow from ${state.state}`,
    })
  }
  return step(writing, state, { state: phase, detail, bootId, ...(segments && { segments }) })
}
