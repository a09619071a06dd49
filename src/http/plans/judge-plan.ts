import {
  judgeFirmwareBoot,
  judgeLanding,
  type FirmwarePlan,
  type PlanBody,
  type Snapshot,
} from '../../planner/index.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Posting } from '../../store/postings.ts'
import type { Landing } from '../../wire/plan.ts'
import type { Judged } from '../../wire/snapshot.ts'
import { keepDuration } from './keep-duration.ts'
import { step } from './plan-step.ts'
import { tellRollout, tellReturn } from '../rollouts/rollout-life.ts'
import type { Writing } from '../write.ts'

/** Who was given up may come back after all: what became of it is still to be told. */
const IN_FLIGHT: readonly string[] = ['loaded', 'executing', 'missing']

/** A snapshot of another boot ends what was only assigned as well. */
export const JUDGED: readonly string[] = [...IN_FLIGHT, 'assigned']

/** What a host's new snapshot says about the plan that was in flight. */
export interface Judgement {
  readonly landing: Judged | null
  /** The plan whose segments the running kernel came from, as far as the evidence goes. */
  readonly bootedPlanId: string | null
}

/**
 * Judges the plan in flight by the host's next snapshot, never by the agent's word.
 *
 * A plan that is only known to be loaded may have been executed with the report lost, so it is judged
 * too; unless it landed, the host was booted in another way.
 */
export async function judgePlan(
  writing: Writing,
  {
    posting: { host, before, hasPlans, isUnderWay },
    snapshotId,
    after,
  }: { posting: Posting; snapshotId: string; after: Snapshot },
): Promise<Judgement> {
  const { rows } = writing
  const states = hasPlans ? await rows.planStates.of(host.id, JUDGED) : []
  const inFlight = states.find(({ state }) => IN_FLIGHT.includes(state))
  const sameBoot = before?.bootId === after.bootId
  const still = sameBoot ? (before?.bootedPlanId ?? null) : null
  if (!sameBoot) {
    const assigned = states.filter(({ state }) => state === 'assigned')
    await expireAssigned(writing, assigned, snapshotId)
    if (isUnderWay || hasPlans) await tellReturn(writing, host.id, after)
  }
  if (!inFlight) return { landing: null, bootedPlanId: still }
  const plan = await rows.plans.get(inFlight.planId)
  if (!plan) return { landing: null, bootedPlanId: still }
  const entry = await rows.bootEntries.get(plan.bootEntryId)
  // A boot entry's version is the kernel's release, as in the Boot Loader Specification.
  const body = JSON.parse(plan.body) as PlanBody | FirmwarePlan
  const judged =
    body.strategy === 'firmware'
      ? judgeFirmwareBoot(body, after)
      : judgeLanding(body, after, entry?.version ?? null)
  const landing: Landing = { ...judged, evidence: [...judged.evidence] }
  if (landing.verdict === 'not-yet') return { landing: null, bootedPlanId: still }
  const jumped = inFlight.state !== 'loaded' || landing.verdict === 'landed'
  const verdict = jumped ? landing.verdict : 'cold-booted'
  const failed = landing.evidence.filter((e) => !e.holds)
  const detail = failed.map((e) => `${e.check}: expected ${e.expected}, found ${e.found}`).join('; ')
  const moved = await step(writing, inFlight, { state: verdict, detail, landing, snapshot: snapshotId })
  if (jumped) await keepDuration(writing, inFlight, { body, after, verdict })
  await tellRollout(writing, moved, after)
  return {
    landing: { ...landing, verdict, plan: plan.id },
    bootedPlanId: bootedBy(landing) && jumped ? plan.id : null,
  }
}

/** Under physical KASLR the kernel may run elsewhere, yet its other segments lie where they were loaded. */
function bootedBy({ verdict, certainty }: Landing): boolean {
  return verdict === 'landed' || (verdict === 'landed-elsewhere' && certainty === 'load-only')
}

/** A plan is for the boot that it was computed in; in another one no agent will apply it. */
async function expireAssigned(
  writing: Writing,
  assigned: readonly PlanState[],
  snapshot: string,
): Promise<void> {
  const detail = 'the host booted before it was applied'
  for (const state of assigned)
    await tellRollout(writing, await step(writing, state, { state: 'expired', detail, snapshot }))
}
