import { mayGo } from '../../rollout/may-go.ts'
import type { Store } from '../../store/open-store.ts'
import type { Assignments } from './assignments.ts'
import type { RolloutsSeen } from './rollouts-seen.ts'

/**
 * After every write that may let somebody go: looks at the rollouts that it has changed, and wakes of the hosts that wait as many as can go now.
 *
 * The others would only find that they have to wait on. What comes by time alone, as a window that opens, is
 * seen by those who look again by themselves. Other processes that write tell of it where the database can; where it
 * can't, who waits looks again as well.
 */
export function wakeAfterWrites({
  store,
  assignments,
  rollouts,
  now,
}: {
  readonly store: Store
  readonly assignments: Assignments
  readonly rollouts: RolloutsSeen
  readonly now: () => Date
}): void {
  const looked = new Map<string, number>()
  let isLooking = false

  async function look(): Promise<void> {
    for (let changes = -1; changes !== assignments.changes && !assignments.closed;) {
      changes = assignments.changes
      const standing = await rollouts.standing()
      const started = new Set(standing.rollouts.map((r) => r.id))
      for (const id of looked.keys()) if (!started.has(id)) looked.delete(id)
      for (const { id, revision } of standing.rollouts) {
        if (looked.get(id) === revision) continue
        const seen = await rollouts.see(id, revision)
        looked.set(id, revision)
        if (seen) mayGo(seen.state, assignments.isWaiting, now().getTime()).forEach(assignments.announce)
      }
    }
  }

  assignments.onWritten(() => {
    if (isLooking) return
    isLooking = true
    const release = assignments.clock.hold?.('a look at who may go')
    look()
      // The database is away: those who wait look again by themselves.
      .catch(() => {})
      .finally(() => {
        isLooking = false
        release?.()
      })
  })

  store.onForeignWrite(({ hosts }) => {
    assignments.written()
    hosts?.forEach(assignments.announce)
  })
}
