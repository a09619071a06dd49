import type { Db, PageOf } from './db.ts'
import type { Policy } from './generated/sqlite/client.ts'

export type { Policy }
export type PolicyRows = ReturnType<typeof policyRows>

/** What each scope sets; a scope is `fleet`, `group:<name>` or `host:<id>`. */
export function policyRows(db: Db) {
  return {
    get: (scope: string) => db.policy.findUnique({ where: { scope } }),

    /** Those of the scopes that have one, in no order. */
    of: (scopes: readonly string[]) => db.policy.findMany({ where: { scope: { in: [...scopes] } } }),

    set: (row: Policy) => db.policy.upsert({ where: { scope: row.scope }, create: row, update: row }),

    forget: async (scope: string) => {
      await db.policy.deleteMany({ where: { scope } })
    },

    /** By scope. */
    list: ({ after, limit }: PageOf) =>
      db.policy.findMany({
        where: after === null ? {} : { scope: { gt: after } },
        orderBy: { scope: 'asc' },
        take: limit + 1,
      }),
  }
}
