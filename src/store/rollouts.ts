import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Rollout } from './generated/sqlite/client.ts'

export type { Rollout }
export type RolloutRows = ReturnType<typeof rolloutRows>

/** What may change in a rollout after it was made. */
export type RolloutProgress = Pick<
  Rollout,
  'phase' | 'phaseSince' | 'wave' | 'waveSince' | 'pauses' | 'halt' | 'acknowledgedAt' | 'approvals'
>

/** Rollouts as they were asked for, and where each stands. */
export function rolloutRows(db: Db) {
  return {
    insert: (row: Rollout) => db.rollout.create({ data: row }),

    get: (id: string) => db.rollout.findUnique({ where: { id } }),

    list: (page: PageOf, filter: { phase?: string }) =>
      db.rollout.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) }),

    progress: async (id: string, row: RolloutProgress) => {
      await db.rollout.update({ where: { id }, data: row })
    },

    /** Whoever has decided by the rows before has to look again. */
    touch: async (id: string) => {
      await db.rollout.update({ where: { id }, data: { revision: { increment: 1 } } })
    },

    /** As `touch`, for all that are under way: what they share has changed. */
    touchStarted: async () => {
      await db.rollout.updateMany({ where: { phase: 'started' }, data: { revision: { increment: 1 } } })
    },

    /** Counts every change; null where there is no such rollout. */
    revision: async (id: string): Promise<number | null> =>
      (await db.rollout.findUnique({ where: { id }, select: { revision: true } }))?.revision ?? null,

    /** The started rollouts in which a host is on its way, oldest first, and how often each was changed. */
    having: (hostId: string, states: readonly string[]) =>
      db.rollout.findMany({
        where: { phase: 'started', members: { some: { hostId, state: { in: [...states] } } } },
        select: { id: true, revision: true },
        orderBy: { id: 'asc' },
      }),

    /** Those that are under way, oldest first, and how often each was changed. */
    started: () =>
      db.rollout.findMany({
        where: { phase: 'started' },
        select: { id: true, revision: true },
        orderBy: { id: 'asc' },
      }),
  }
}
