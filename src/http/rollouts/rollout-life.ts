import { applied, type Change } from '../../rollout/change.ts'
import { start } from '../../rollout/apply.ts'
import { cameBack, type Fallback } from '../../rollout/roll-back.ts'
import { deleted, handedBack, judged, type JudgedOutcome } from '../../rollout/report.ts'
import type { RolloutState } from '../../rollout/rollout.ts'
import { sweep } from '../../rollout/sweep.ts'
import type { Snapshot } from '../../planner/index.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { PlanStateName } from '../../wire/plan.ts'
import type { Failure } from '../failure.ts'
import { denyModel } from './deny-model.ts'
import { fallbackOf } from './fallback-of.ts'
import { coreLease, writeLeases } from './lease-life.ts'
import { step } from '../plans/plan-step.ts'
import { presentGates } from './present-rollout.ts'
import { readRollout, specOf } from './rollout-state.ts'
import { writeChanges } from './write-rollout.ts'
import type { Writing } from '../write.ts'

/** What an agent refuses for is nobody's failure: a later grant may be used. */
const PASSING = /^(stale-plan|too-late|blocked|stopped|replayed-plan):/

/** What ends a grant; that a host is missing its rollout knows first. */
const ENDS: readonly PlanStateName[] = [
  'landed',
  'landed-elsewhere',
  'cold-booted',
  'failed',
  'refused',
  'superseded',
  'expired',
]

/**
 * Changes a rollout on the rows of this transaction, and does what is due by time then.
 *
 * Null where there is no such rollout.
 */
export async function changeRollout(
  writing: Writing,
  rolloutId: string,
  work: (state: RolloutState, now: number) => readonly Change[] | Promise<readonly Change[]> = () => [],
): Promise<RolloutState | null> {
  const state = await readRollout(writing.rows, rolloutId, writing.at)
  if (!state) return null
  const now = writing.at.getTime()
  const changes = await work(state, now)
  const due = sweep(applied(state, changes), now)
  return writeChanges(writing, state, [...changes, ...due])
}

/** Tells the rollout whose grant a plan was made for what has become of it; `after` shows it, where a boot did. */
export async function tellRollout(
  writing: Writing,
  plan: PlanState,
  after: Snapshot | null = null,
): Promise<void> {
  const { rolloutId, fence, hostId } = plan
  const state = plan.state as PlanStateName
  if (rolloutId === null || fence === null || !ENDS.includes(state)) return
  const because = `${plan.detail || state} (${plan.planId})`
  await changeRollout(writing, rolloutId, async (rollout, now) => {
    const fallback = await fallbackOf(writing.rows, rollout, { hostId, after })
    const told = toldOf(rollout, { state, hostId, fence, because, detail: plan.detail, fallback }, now)
    // Of a grant that has ended in another way nothing more is to be told.
    return told?.ok ? told.value : []
  })
  const row = await writing.rows.rollouts.get(rolloutId)
  if (row) await denyModel(writing, plan, { id: rolloutId, rule: specOf(row).deny_model })
}

/** What came of a grant before any plan of it did: as `judged`, with what the host could go back to. */
export async function tellOutcome(
  writing: Writing,
  of: { readonly rolloutId: string; readonly hostId: string; readonly fence: number },
  by: { readonly outcome: JudgedOutcome; readonly because: string },
): Promise<void> {
  const { rolloutId, hostId, fence } = of
  await changeRollout(writing, rolloutId, async (rollout, now) => {
    const fallback = await fallbackOf(writing.rows, rollout, { hostId, after: null })
    const told = judged(rollout, hostId, { fence, ...by, fallback }, now)
    return told.ok ? told.value : []
  })
}

/** Who may be back when he shows another boot. */
export const MAY_RETURN = ['rolling-back', 'missing'] as const

/** A host came up in a boot of somebody else's; where it was to go back, it may be there. */
export async function tellReturn(writing: Writing, hostId: string, after: Snapshot): Promise<void> {
  for (const { id } of await writing.rows.rollouts.having(hostId, MAY_RETURN)) {
    await changeRollout(writing, id, async (rollout, now) => {
      const fallback = await fallbackOf(writing.rows, rollout, { hostId, after })
      return fallback?.runs === true ? cameBack(rollout, hostId, fallback.entry, now) : []
    })
  }
}

interface Told {
  readonly state: PlanStateName
  readonly hostId: string
  readonly fence: number
  readonly because: string
  readonly detail: string
  readonly fallback: Fallback | null
}

function toldOf(rollout: RolloutState, told: Told, now: number) {
  const { state, hostId, fence, because, detail, fallback } = told
  switch (state) {
    case 'landed':
    case 'landed-elsewhere':
    case 'cold-booted':
    case 'failed':
      return judged(rollout, hostId, { fence, outcome: state, because, fallback }, now)
    case 'refused':
      return PASSING.test(detail)
        ? handedBack(rollout, hostId, { fence, because }, now)
        : judged(rollout, hostId, { fence, outcome: 'failed', because, fallback }, now)
    case 'superseded':
    case 'expired':
      return handedBack(rollout, hostId, { fence, because }, now)
    default:
      return null
  }
}

/**
 * A host is about to jump with a grant: windows, freezes, pause, brake and fence are looked at again.
 *
 * Null where it may. Else `not-now` with every gate; the grant is handed back, and the plan with it.
 */
export async function useGrant(writing: Writing, plan: PlanState, boot: string): Promise<Failure | null> {
  const { rolloutId, hostId } = plan
  const state = rolloutId === null ? null : await readRollout(writing.rows, rolloutId, writing.at)
  if (!state) return null
  const now = writing.at.getTime()
  const fence = plan.fence ?? 0
  const started = start(state, hostId, { fence, boot }, now)
  if (started.ok) {
    await writeChanges(writing, state, started.value)
    return null
  }
  const gates = presentGates(started.error.gates, state.rollout.id)
  const failing = gates.filter((g) => g.verdict !== 'pass').map((g) => g.sentence)
  const detail = `not now: ${failing.join('; ')}`
  if (plan.state === 'assigned' || plan.state === 'loaded') {
    await step(writing, plan, { state: 'refused', detail })
    await changeRollout(writing, state.rollout.id, (rollout) => {
      const back = handedBack(rollout, hostId, { fence, because: detail }, now)
      return back.ok ? back.value : []
    })
  }
  return { code: 'not-now', detail, gates }
}

/** Frees whatever a host holds that is about to be deleted, in every rollout and in every pool. */
export async function freeHost(writing: Writing, hostId: string): Promise<void> {
  for (const { rolloutId } of await writing.rows.rolloutMembers.ofHost(hostId)) {
    await changeRollout(writing, rolloutId, (state, now) => deleted(state, hostId, now))
  }
  const because = 'the host was deleted'
  const left = await writing.rows.leases.ofHolder(hostId)
  await writeLeases(
    writing,
    left.map((row) => ({ of: 'lease', event: 'release', lease: coreLease(row), because })),
  )
}
