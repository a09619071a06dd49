import { driftOf, memoryMap, type Pin, type PinDrift, type PlanBody } from '../../planner/index.ts'
import type { Range, Snapshot } from '../../planner/index.ts'
import { exceptedRanges, type GrantedException } from '../../planner/plan/grant.ts'
import type { Host } from '../../store/hosts.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Snapshot as SnapshotRow } from '../../store/snapshots.ts'
import { bootedSegments, rememberedGrounds } from '../plans/plan-grounds.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import { effectivePolicy } from './pin-policy.ts'

/** A host's pins, judged by one of its boots. */
export interface Drifted {
  readonly snapshot: Snapshot
  readonly pins: readonly Pin[]
  readonly drift: readonly PinDrift[]
  /** How many earlier boots were looked at. */
  readonly boots: number
  /** Segments of the plan that booted the kernel of that boot. */
  readonly booted: readonly Range[]
}

/** Whether the pins of today hold in a boot; for the newest the remembered boots count as well. */
export async function pinDrift(rows: Rows, host: Host, row: SnapshotRow, at: Date): Promise<Drifted> {
  const snapshot = await storedSnapshot(rows, row)
  const pins = (await rows.pins.of(host.id)) as readonly Pin[]
  const booted = await bootedSegments(rows, row.bootedPlanId)
  const isNewest = (await rows.snapshots.newestId(host.id)) === row.id
  const boots = isNewest ? (await effectivePolicy(rows, host)).remember_boots.value : 0
  const grounds = isNewest ? await rememberedGrounds(rows, row, { snapshot, boots }) : []
  const strict = grounds.map((boot) => boot.strict)
  const plans = pins.length === 0 ? [] : await pinningPlans(rows, host.id)
  const map = memoryMap(snapshot)
  const excepted = exceptedRanges(map, lastingExceptions(plans, at))
  const drift = driftOf(pins, segmentSizes(plans), map, booted, strict, excepted)
  return { snapshot, pins, drift, boots: grounds.length, booted }
}

/** What each segment filled when it was last planned, by purpose and kind. */
export async function sizesOf(rows: Rows, hostId: string): Promise<ReadonlyMap<string, number>> {
  return segmentSizes(await pinningPlans(rows, hostId))
}

/** The plans that left the host's pins behind. */
async function pinningPlans(rows: Rows, hostId: string): Promise<PlanBody[]> {
  return (await rows.plans.newestPinned(hostId)).map(({ body }) => JSON.parse(body) as PlanBody)
}

/** Those that put pins where they lie, and would let them lie there again; a crash kernel's needs none. */
function lastingExceptions(plans: readonly PlanBody[], at: Date): GrantedException[] {
  return plans
    .filter(({ purpose }) => purpose === 'reboot')
    .flatMap(({ exceptions = [] }) => exceptions)
    .filter(({ expires_at }) => new Date(expires_at) > at)
    .map((exception) => ({ exception, evidence: exception.evidence }))
}

function segmentSizes(plans: readonly PlanBody[]): ReadonlyMap<string, number> {
  return new Map(
    plans.flatMap(({ purpose, segments }) =>
      segments.map(({ kind, memsz }): [string, number] => [`${purpose} ${kind}`, memsz]),
    ),
  )
}
