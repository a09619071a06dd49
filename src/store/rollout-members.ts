import type { Db } from './db.ts'
import type { RolloutMember } from './generated/sqlite/client.ts'

export type { RolloutMember }
export type RolloutMemberRows = ReturnType<typeof rolloutMemberRows>

export type MemberProgress = Omit<RolloutMember, 'rolloutId' | 'hostId' | 'place' | 'wave' | 'domain'>

/** Many rows in one statement, and few enough parameters for SQLite. */
const AT_ONCE = 500

/** The hosts of each rollout, in the order of its preview. */
export function rolloutMemberRows(db: Db) {
  return {
    insert: async (rows: readonly RolloutMember[]) => {
      for (let i = 0; i < rows.length; i += AT_ONCE) {
        await db.rolloutMember.createMany({ data: rows.slice(i, i + AT_ONCE) })
      }
    },

    of: (rolloutId: string) => db.rolloutMember.findMany({ where: { rolloutId }, orderBy: { place: 'asc' } }),

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

    /** Writes the same into several hosts' rows. */
    progress: async (
      { rolloutId, hostIds }: { rolloutId: string; hostIds: readonly string[] },
      change: Partial<MemberProgress>,
    ) => {
      for (let i = 0; i < hostIds.length; i += AT_ONCE) {
        const among = hostIds.slice(i, i + AT_ONCE)
        await db.rolloutMember.updateMany({ where: { rolloutId, hostId: { in: among } }, data: change })
      }
    },

    /** A host that waits has asked: of interest to its deadline alone. */
    heard: async ({ rolloutId, hostId }: { rolloutId: string; hostId: string }, heardAt: Date) => {
      await db.rolloutMember.updateMany({ where: { rolloutId, hostId }, data: { heardAt } })
    },

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
            { state: { in: ['granted', 'rebooting'] } },
            { state: 'missing', rollout: { phase: 'started' } },
          ],
        },
        select: { hostId: true, domain: true, since: true, state: true, rolloutId: true },
      }),
  }
}
