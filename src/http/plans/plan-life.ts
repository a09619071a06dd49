import type { PlanBody } from '../../planner/index.ts'
import { newId } from '../../store/new-id.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Plan } from '../../store/plans.ts'
import type { PlanStateName, Report } from '../../wire/plan.ts'
import { RequestFailed, type Failure } from '../failure.ts'
import { isSilent } from './plan-silence.ts'
import { mustNotHaveExpired } from './plan-grounds.ts'
import { step, type Grant, type Step } from './plan-step.ts'
import { changeRollout, tellRollout, useGrant } from '../rollouts/rollout-life.ts'
import type { Writing } from '../write.ts'

/** From which states a report may bring a plan to its own. */
const BEFORE: Record<Exclude<Report['phase'], 'booted'>, readonly PlanStateName[]> = {
  loaded: ['assigned'],
  executing: ['loaded'],
  refused: ['assigned', 'loaded'],
  // Whoever was given up may still say that it never left.
  failed: ['assigned', 'loaded', 'executing', 'missing'],
}

/**
 * Hands a plan to the host's agent; what was handed out before is superseded.
 *
 * Errors: `not-assignable` for a plan that no agent applies, `stale-plan` when the host has shown other
 * memory since, `exception-expired`, `wrong-plan-state` when it was handed out already or the host is in the middle of a jump.
 */
export async function assign(writing: Writing, plan: Plan, grant?: Grant): Promise<PlanState> {
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
  for (const { rolloutId } of await rows.planStates.of(plan.hostId, ['executing'])) {
    // Its deadline may be over, and nobody has looked yet.
    if (rolloutId !== null) await changeRollout(writing, rolloutId)
  }
  for (const other of await rows.planStates.of(plan.hostId, ['assigned', 'loaded', 'executing'])) {
    const silent = isSilent(other, at)
    if (other.state === 'executing' && !silent) {
      throw new RequestFailed({ code: 'wrong-plan-state', detail: `the host is executing ${other.planId}` })
    }
    const to: Step =
      other.state === 'executing'
        ? { state: 'missing', detail: 'no snapshot came after the jump' }
        : { state: 'superseded', detail: `by ${plan.id}` }
    await tellRollout(writing, await step(writing, other, to))
  }
  // Who is granted a plan is the one who asks.
  if (!grant) writing.announce(plan.hostId)
  return step(
    writing,
    { planId: plan.id, hostId: plan.hostId },
    { state: 'assigned', detail: `by ${grant?.rolloutId ?? writing.actor}`, ...(grant && { grant }) },
  )
}

/**
 * Takes an agent's word for what it did; what came of it is judged by evidence alone, later.
 *
 * Errors: `wrong-plan-state` for a step that does not follow from where the plan stands. What comes back as `kept`
 * is `not-now`: the grant can't be used any more, and was handed back.
 */
export async function report(
  writing: Writing,
  state: PlanState,
  said: Report,
): Promise<PlanState | { readonly kept: Failure }> {
  const { phase, boot_id: bootId, detail = '', segments } = said
  // The answer to the first report was lost: nothing new is said.
  if (state.state === phase) return state
  if (phase === 'booted') return afterBoot(writing, state, detail)
  if (phase === 'executing' && state.rolloutId !== null) {
    const notNow = await useGrant(writing, state, bootId)
    if (notNow) return { kept: notNow }
  }
  const before = await statesBefore(writing, phase, state)
  if (!before.includes(state.state as PlanStateName)) {
    throw new RequestFailed({
      code: 'wrong-plan-state',
      detail: `${phase} does not follow from ${state.state}`,
    })
  }
  const moved = await step(writing, state, { state: phase, detail, bootId, ...(segments && { segments }) })
  await tellRollout(writing, moved)
  return moved
}

/** Through firmware a host goes without loading anything. */
async function statesBefore(
  { rows }: Writing,
  phase: keyof typeof BEFORE,
  { planId }: PlanState,
): Promise<readonly PlanStateName[]> {
  if (phase !== 'loaded' && phase !== 'executing') return BEFORE[phase]
  const isLoaded = (await rows.plans.strategy(planId)) !== 'firmware'
  if (isLoaded) return BEFORE[phase]
  return phase === 'executing' ? ['assigned'] : []
}

const JUMPED: readonly PlanStateName[] = ['executing', 'landed', 'landed-elsewhere', 'cold-booted', 'missing']

/** What hooks did after the boot stands in the timeline; what came of the plan, the snapshot tells. */
async function afterBoot({ rows, at }: Writing, state: PlanState, detail: string): Promise<PlanState> {
  if (!JUMPED.includes(state.state as PlanStateName)) {
    throw new RequestFailed({
      code: 'wrong-plan-state',
      detail: `booted does not follow from ${state.state}`,
    })
  }
  const { planId: plan, hostId } = state
  await rows.timeline.append({
    id: newId('ev', at),
    hostId,
    at,
    kind: 'post-boot',
    detail,
    plan,
    snapshot: null,
  })
  return state
}
