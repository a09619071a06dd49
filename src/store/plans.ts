import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Plan } from './generated/sqlite/client.ts'
import { plain, quoted } from './plain.ts'
import type { Sql } from './sql.ts'

export type { Plan }
export type PlanRows = ReturnType<typeof planRows>

/** Plans as they were computed. There is no update: what becomes of one is in its state. */
export function planRows(db: Db, sql: Sql) {
  const table = plain<Plan>(db, sql, 'Plan')
  return {
    insert: (plan: Plan) => table.insert(plan),

    get: (id: string): Promise<Plan | null> => table.one({ id }),

    /** How its places were chosen; null where there is no such plan. */
    strategy: async (id: string): Promise<string | null> =>
      (await table.one({ id }, ['strategy']))?.strategy ?? null,

    /** The newest pinned plan of each purpose. */
    newestPinned: async (hostId: string): Promise<Plan[]> => {
      const text = `SELECT ${quoted(table.columns)} FROM "Plan" WHERE "id" IN (
        SELECT MAX("id") FROM "Plan" WHERE "hostId" = $1 AND "strategy" = 'pinned' GROUP BY "purpose")`
      return table.read(await sql.rows(text, [hostId]))
    },

    list: (hostId: string, page: PageOf) =>
      db.plan.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page) }),
  }
}
