import { newId } from '../../store/new-id.ts'
import type { Host } from '../../store/hosts.ts'
import type { Effective } from '../pins/pin-policy.ts'
import type { Writing } from '../write.ts'

const DAY_MS = 24 * 3600 * 1000

/** Forgets the host's snapshots that policy does not keep; never what pins and plans still go by. `newest`: the number of the newest. */
export async function retainSnapshots(
  { rows, at, audit }: Writing,
  { id: hostId }: Host,
  { effective: { keep_snapshots, remember_boots }, newest }: { effective: Effective; newest: number },
): Promise<void> {
  const { count, days } = keep_snapshots.value
  const forgotten = await rows.snapshots.forgetOld(hostId, {
    count,
    before: new Date(at.getTime() - days * DAY_MS),
    boots: remember_boots.value,
    newest,
  })
  if (forgotten === 0) return
  const detail = `${forgotten}, of which policy keeps ${count} for ${days} days`
  const event = { hostId, at, kind: 'snapshots-forgotten', detail, plan: null, snapshot: null }
  await rows.timeline.append({ id: newId('ev', at), ...event })
  await audit('snapshots.forget', hostId, { forgotten, count, days })
}
