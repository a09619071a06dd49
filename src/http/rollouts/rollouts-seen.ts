import type { RolloutState } from '../../rollout/rollout.ts'
import type { Store } from '../../store/open-store.ts'
import { readRollout } from './rollout-state.ts'

/** What does not count as a change of the rollout, as a host's word, is seen after so long. */
const OLDEST_MS = 5000

/** More are hardly under way at once; one that is dropped is read again. */
const MOST_SEEN = 32

/** A rollout as it was read not long ago. */
export interface Seen {
  readonly revision: number
  readonly at: number
  readonly state: RolloutState
}

/**
 * Rollouts as they were read last, so that a thousand waiting agents do not read a thousand rows each.
 *
 * Good for looking whether something is due, never for deciding: that is done on rows of the transaction.
 */
export interface RolloutsSeen {
  /** Null where there is no such rollout. */
  see(rolloutId: string, revision: number): Promise<Seen | null>
  /** One after the other: of many who wait for one place only the first has to ask the rows of a transaction. */
  inTurn<T>(rolloutId: string, work: () => Promise<T>): Promise<T>
}

export function rolloutsSeen({ store, now }: { store: Store; now: () => Date }): RolloutsSeen {
  const seen = new Map<string, { revision: number; at: number; read: Promise<Seen | null> }>()
  const queues = new Map<string, Promise<unknown>>()
  return {
    inTurn: (rolloutId, work) => {
      const before = queues.get(rolloutId) ?? Promise.resolve()
      const turn = before.then(work)
      const settled = turn.catch(() => {})
      queues.set(rolloutId, settled)
      void settled.then(() => queues.get(rolloutId) === settled && queues.delete(rolloutId))
      return turn
    },
    see: (rolloutId, revision) => {
      const at = now().getTime()
      const known = seen.get(rolloutId)
      if (known && known.revision === revision && at - known.at < OLDEST_MS) return known.read
      const read = readRollout(store, rolloutId).then((state) => state && { revision, at, state })
      seen.delete(rolloutId)
      seen.set(rolloutId, { revision, at, read })
      const [oldest] = seen.keys()
      if (seen.size > MOST_SEEN && oldest !== undefined) seen.delete(oldest)
      read.catch(() => seen.delete(rolloutId))
      return read
    },
  }
}
