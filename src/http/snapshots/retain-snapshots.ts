import { newId } from '../../store/new-id.ts'
import type { Posting } from '../../store/postings.ts'
import type { Effective } from '../pins/pin-policy.ts'
import type { Writing } from '../write.ts'

const DAY_MS = 24 * 3600 * 1000

/** Forgets the snapshots that policy does not keep of a host that has just posted one; never what pins and plans still go by. */
export async function retainSnapshots(
  { rows, at, audit }: Writing,
  { host: { id: hostId }, before: last, oldest }: Posting,
  { keep_snapshots, remember_boots }: Effective,
): Promise<void> {
  const { count, days } = keep_snapshots.value
  const before = new Date(at.getTime() - days * DAY_MS)
  const newest = (last?.seenSeq ?? 0) + 1
  // The host has no more of them than that, and most have none that is too old.
  if (newest <= count && (oldest === null || oldest >= before)) return
  const forgotten = await rows.snapshots.forgetOld(hostId, {
    ...{ count, before, boots: remember_boots.value, newest },
  })
  if (forgotten === 0) return
  const detail = `${forgotten}, of which policy keeps ${count} for ${days} days`
  const event = { hostId, at, kind: 'snapshots-forgotten', detail, plan: null, snapshot: null }
  await rows.timeline.append({ id: newId('ev', at), ...event })
  await audit('snapshots.forget', hostId, { forgotten, count, days })
}
