import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Rollout } from './generated/sqlite/client.ts'
import { plain, quoted } from './plain.ts'
import type { Sql } from './sql.ts'

export type { Rollout }
export type RolloutRows = ReturnType<typeof rolloutRows>

/** What may change in a rollout after it was made. */
export type RolloutProgress = Pick<
  Rollout,
  'phase' | 'phaseSince' | 'wave' | 'waveSince' | 'pauses' | 'halt' | 'acknowledgedAt' | 'approvals'
>

const STANDING = ['id', 'revision'] as const

/** Rollouts as they were asked for, and where each stands. */
export function rolloutRows(db: Db, sql: Sql) {
  const table = plain<Rollout>(db, sql, 'Rollout')
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
      await sql.run('UPDATE "Rollout" SET "revision" = "revision" + 1 WHERE "id" = $1', [id])
    },

    /** As `touch`, for all that are under way: what they share has changed. */
    touchStarted: async () => {
      await sql.run(`UPDATE "Rollout" SET "revision" = "revision" + 1 WHERE "phase" = 'started'`, [])
    },

    /** Counts every change; null where there is no such rollout. */
    revision: async (id: string): Promise<number | null> =>
      (await db.rollout.findUnique({ where: { id }, select: { revision: true } }))?.revision ?? null,

    /** The started rollouts in which a host is on its way, oldest first, and how often each was changed. */
    having: async (hostId: string, states: readonly string[]) => {
      const text = `SELECT ${quoted(STANDING, 'r')} FROM "RolloutMember" AS "m" JOIN "Rollout" AS "r" ON "r"."id" = "m"."rolloutId"
        WHERE "m"."hostId" = $1 AND "r"."phase" = 'started' AND "m"."state" IN (${states.map((_, i) => `$${i + 2}`).join(', ')})
        ORDER BY "r"."id"`
      return table.read(await sql.rows(text, [hostId, ...states]), STANDING)
    },
  }
}
