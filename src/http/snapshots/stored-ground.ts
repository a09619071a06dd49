import { bootGround, type Range } from '../../planner/index.ts'
import type { Rows } from '../../store/open-store.ts'
import { readGround, type Snapshot } from '../../store/snapshots.ts'
import { bootedSegments } from '../plans/plan-grounds.ts'
import { storedSnapshot } from './stored-snapshot.ts'

/** What could be booked in a stored boot; read from its files where it was stored before that was kept. */
export async function storedGround(rows: Rows, row: Snapshot): Promise<readonly Range[]> {
  if (row.ground !== '') return readGround(row.ground).strict
  return bootGround(await storedSnapshot(rows, row), await bootedSegments(rows, row.bootedPlanId)).strict
}
