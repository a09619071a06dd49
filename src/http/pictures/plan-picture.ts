import type { MapPicture } from '../../picture/index.ts'
import type { PlanBody } from '../../planner/index.ts'
import type { Plan } from '../../store/plans.ts'
import type { Rows } from '../../store/open-store.ts'
import { notFound } from '../failure.ts'
import { memoryPicture } from './memory-picture.ts'

/** The segments of a stored plan; null for a reboot through firmware, which places nothing. */
export function placedBy({ strategy, body }: Plan): PlanBody | null {
  return strategy === 'firmware' ? null : (JSON.parse(body) as PlanBody)
}

/** A stored plan over the boot that it was made for. */
export async function planPicture(rows: Rows, plan: Plan, at: Date): Promise<MapPicture> {
  const host = await rows.hosts.get(plan.hostId)
  const row = await rows.snapshots.withFiles(plan.hostId, plan.snapshotId)
  if (!host || !row) throw notFound('snapshot of this plan')
  return memoryPicture(rows, host, row, { plan: placedBy(plan), at })
}
