import { applied } from '../../rollout/change.ts'
import { closedToAll, type ClosedToAll } from '../../rollout/may-go.ts'
import type { RolloutState } from '../../rollout/rollout.ts'
import { sweep } from '../../rollout/sweep.ts'
import type { Store } from '../../store/open-store.ts'
import type { Standing } from '../../store/standing.ts'
import type { Assignments } from './assignments.ts'
import { readRollout } from './rollout-state.ts'

/** What does not count as a change of the rollout, as a hold that ends by time, is seen after so long. */
const OLDEST_MS = 30_000

/** What is due is done that much later at most. */
const MOMENT_MS = 1000

/** Kept beside those that are under way; one that is dropped is read again. */
const MOST_SEEN = 32

/** A rollout as it was read not long ago. */
export interface Seen {
  readonly revision: number
  readonly at: number
  readonly state: RolloutState
}

/** What a rollout as it was seen has to say to every host that waits, for a moment. */
export interface Quiet {
  /** Whether something is due by time. */
  readonly isDue: boolean
  readonly closed: ClosedToAll | null
}

/**
 * Rollouts as they were read last, so that a thousand waiting agents do not read a thousand rows each.
 *
 * Good for looking whether something is due, never for deciding: that is done on rows of the transaction.
 */
export interface RolloutsSeen {
  /** Null where there is no such rollout. */
  see(rolloutId: string, revision: number): Promise<Seen | null>
  /** Looked at once for all who ask within a second. */
  quiet(seen: Seen, at: number): Quiet
  /**
   * Where all of them stand: read once for everybody, again after a write of this process that may have changed it, and for those of
   * others as often as agents that wait look again.
   */
  standing(): Promise<Standing>
  /** A host that has to wait has asked: written down with the words of others, before the next reading at the latest. */
  heard(rolloutId: string, hostId: string, at: number): void
  /** When a host that has to wait asked last, where that is not written down yet. */
  heardAt(rolloutId: string, hostId: string): number | null
  /** One after the other: of many who wait for one place only the first has to ask the rows of a transaction. */
  inTurn<T>(rolloutId: string, work: () => Promise<T>): Promise<T>
}

interface Reading<T> {
  readonly mark: number
  readonly at: number
  readonly read: Promise<T>
}

export function rolloutsSeen({
  store,
  now,
  assignments,
}: {
  readonly store: Store
  readonly now: () => Date
  readonly assignments: Assignments
}): RolloutsSeen {
  const seen = new Map<string, Reading<Seen | null>>()
  const quiets = new WeakMap<Seen, { readonly at: number; readonly quiet: Quiet }>()
  const queues = new Map<string, Promise<unknown>>()
  const words = new Map<string, Map<string, number>>()
  let standing: Reading<Standing> | null = null
  let underWay = 0

  /** A word that is lost, as the database is away, is said again. */
  async function writeWords(): Promise<void> {
    if (words.size === 0) return
    const all = [...words]
    words.clear()
    await store.write(async (rows) => {
      for (const [rolloutId, hosts] of all) {
        const at = new Date(Math.min(...hosts.values()))
        await rows.rolloutMembers.heard(rolloutId, [...hosts.keys()], at)
      }
    })
  }

  async function readStanding(): Promise<Standing> {
    await writeWords()
    const read = await store.standing.read()
    underWay = read.rollouts.length
    return read
  }

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
      if (known && known.mark === revision && at - known.at < OLDEST_MS) return known.read
      const read = readRollout(store, rolloutId, new Date(at)).then(
        (state) => state && { revision, at, state },
      )
      seen.delete(rolloutId)
      seen.set(rolloutId, { mark: revision, at, read })
      const [oldest] = seen.keys()
      if (seen.size > MOST_SEEN + underWay && oldest !== undefined) seen.delete(oldest)
      read.catch(() => seen.delete(rolloutId))
      return read
    },
    quiet: (of, at) => {
      const last = quiets.get(of)
      if (last && at >= last.at && at - last.at < MOMENT_MS) return last.quiet
      const due = sweep(of.state, at)
      const quiet = { isDue: due.length > 0, closed: closedToAll(applied(of.state, due), at) }
      quiets.set(of, { at, quiet })
      return quiet
    },
    standing: () => {
      const { changes, clock } = assignments
      if (standing?.mark === changes && clock.now() - standing.at < clock.sliceMs) return standing.read
      const read = readStanding()
      const reading = { mark: changes, at: clock.now(), read }
      standing = reading
      read.catch(() => {
        if (standing === reading) standing = null
      })
      return read
    },
    heard: (rolloutId, hostId, at) => {
      const hosts = words.get(rolloutId) ?? new Map<string, number>()
      words.set(rolloutId, hosts.set(hostId, at))
    },
    heardAt: (rolloutId, hostId) => words.get(rolloutId)?.get(hostId) ?? null,
  }
}
