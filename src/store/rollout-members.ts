import type { Db } from './db.ts'
import type { RolloutMember as MemberRow } from './generated/sqlite/client.ts'
import { withChanged, type MembersKept } from './members-read.ts'

export type RolloutMember = Omit<MemberRow, 'revision'>
export type RolloutMemberRows = ReturnType<typeof rolloutMemberRows>

export type MemberProgress = Omit<RolloutMember, 'rolloutId' | 'hostId' | 'place' | 'wave' | 'domain'>

/** Many rows in one statement, and few enough parameters for SQLite. */
const AT_ONCE = 500

/** The hosts of each rollout, in the order of its preview. */
export function rolloutMemberRows(db: Db, kept: MembersKept) {
  const revisionOf = async (rolloutId: string): Promise<number> => {
    const row = await db.rollout.findUnique({ where: { id: rolloutId }, select: { revision: true } })
    return row?.revision ?? 0
  }

  /** Writes the same into several hosts' rows, and that they have changed. */
  async function change(
    { rolloutId, hostIds }: { readonly rolloutId: string; readonly hostIds: readonly string[] },
    to: Partial<MemberProgress>,
  ): Promise<void> {
    const data = { ...to, revision: (await revisionOf(rolloutId)) + 1 }
    for (let i = 0; i < hostIds.length; i += AT_ONCE) {
      const among = hostIds.slice(i, i + AT_ONCE)
      await db.rolloutMember.updateMany({ where: { rolloutId, hostId: { in: among } }, data })
    }
  }

  return {
    insert: async (rows: readonly RolloutMember[]) => {
      for (let i = 0; i < rows.length; i += AT_ONCE) {
        await db.rolloutMember.createMany({ data: rows.slice(i, i + AT_ONCE) })
      }
    },

    /** All of them as they are now; `revision`: the rollout's, read before. */
    of: async (rolloutId: string, revision: number): Promise<readonly RolloutMember[]> => {
      const last = kept.get(rolloutId)
      // What is newer than this transaction is not for it.
      const before = last && last.revision <= revision ? last : null
      const where = before ? { rolloutId, revision: { gt: before.revision } } : { rolloutId }
      const read = await db.rolloutMember.findMany({ where, orderBy: { place: 'asc' } })
      const rows = before ? withChanged(before.rows, read) : read
      kept.keep(rolloutId, { revision, rows })
      return rows
    },

    page: (
      rolloutId: string,
      { after, limit }: { after: number; limit: number },
      filter: { state?: string; wave?: number },
    ) =>
      db.rolloutMember.findMany({
        where: { rolloutId, place: { gt: after }, ...filter },
        orderBy: { place: 'asc' },
        take: limit + 1,
      }),

    /** Writes the same into several hosts' rows. Belongs in a transaction in which the rollout is touched. */
    progress: change,

    /** Hosts that wait have asked: of interest to their deadlines alone. Belongs in a transaction. */
    heard: (rolloutId: string, hostIds: readonly string[], heardAt: Date) =>
      change({ rolloutId, hostIds }, { heardAt }),

    /** Every rollout that has this host. */
    ofHost: (hostId: string) =>
      db.rolloutMember.findMany({
        where: { hostId },
        include: { rollout: { select: { phase: true } } },
        orderBy: { rolloutId: 'asc' },
      }),

    /** How many hosts there are in each state of each wave. */
    counts: async (rolloutId: string) => {
      const groups = await db.rolloutMember.groupBy({
        by: ['wave', 'state'],
        where: { rolloutId },
        _count: { _all: true },
      })
      return groups.map(({ wave, state, _count }) => ({ wave, state, hosts: _count._all }))
    },

    /** Hosts that other rollouts have sent away, or have lost and still wait for. */
    awayIn: (otherThan: string) =>
      db.rolloutMember.findMany({
        where: {
          rolloutId: { not: otherThan },
          OR: [
            { state: { in: ['granted', 'rebooting', 'rolling-back'] } },
            { state: 'missing', rollout: { phase: 'started' } },
          ],
        },
        select: { hostId: true, domain: true, since: true, state: true, rolloutId: true },
      }),
  }
}
