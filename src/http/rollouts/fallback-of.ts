import { runsEntry, type Snapshot } from '../../planner/index.ts'
import type { Fallback } from '../../rollout/roll-back.ts'
import { memberOf, type RolloutState } from '../../rollout/rollout.ts'
import type { Rows } from '../../store/open-store.ts'
import { bootable } from '../plans/make-firmware-plan.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'

/**
 * What a host of a rollout could go back to, and whether `after`, or its newest snapshot, shows that it runs it.
 *
 * Null where the rollout does not roll back, and where neither the operator named an entry nor another plan has landed.
 */
export async function fallbackOf(
  rows: Rows,
  state: RolloutState,
  { hostId, after }: { readonly hostId: string; readonly after: Snapshot | null },
): Promise<Fallback | null> {
  const { spec } = state
  if (spec.onFailure !== 'roll-back') return null
  const named = memberOf(state, hostId)?.fallback ?? spec.fallbackEntry
  const entryId = named ?? (await rows.planStates.lastProven(hostId, spec.bootEntry))
  const entry = entryId === null ? null : await rows.bootEntries.get(entryId)
  if (!entry) return null
  const newest = after === null ? await rows.snapshots.newest(hostId) : null
  const snapshot = after ?? (newest && (await storedSnapshot(rows, newest)))
  return { entry: entry.id, runs: snapshot !== null && runsEntry(bootable(entry), snapshot) }
}
