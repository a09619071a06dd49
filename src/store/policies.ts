import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Policy, PolicyVersion } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { Policy, PolicyVersion }
export type PolicyRows = ReturnType<typeof policyRows>

/** What each scope sets; a scope is `fleet`, `group:<name>` or `host:<id>`. */
export function policyRows(db: Db, sql: Sql) {
  const table = plain<Policy>(db, sql, 'Policy')
  return {
    get: (scope: string) => db.policy.findUnique({ where: { scope } }),

    /** Those of the scopes that have one, in no order. */
    of: (scopes: readonly string[]): Promise<Policy[]> => table.find({ scope: scopes }),

    /** Sets it as the next generation, and keeps that for good. */
    set: async (change: NewVersion & { readonly rules: string }): Promise<Policy> => {
      const { scope, rules } = change
      const { generation, reason, setAt, setBy } = await keepVersion(db, change)
      const row = { scope, rules, generation, reason, setAt, setBy }
      return db.policy.upsert({ where: { scope }, create: row, update: row })
    },

    /** The scope sets nothing any more; that is a generation too. */
    forget: async (change: Omit<NewVersion, 'rules'>) => {
      await keepVersion(db, { ...change, rules: null })
      await db.policy.deleteMany({ where: { scope: change.scope } })
    },

    /** With all that it ever set, as its host goes. */
    remove: async (scope: string) => {
      await db.policy.deleteMany({ where: { scope } })
      await db.policyVersion.deleteMany({ where: { scope } })
    },

    /** Everything that a scope ever set, oldest first. */
    versions: (scope: string, page: PageOf): Promise<PolicyVersion[]> =>
      db.policyVersion.findMany({ where: { scope, ...afterId(page) }, ...pageArgs(page) }),

    /** By scope. */
    list: ({ after, limit }: PageOf) =>
      db.policy.findMany({
        where: after === null ? {} : { scope: { gt: after } },
        orderBy: { scope: 'asc' },
        take: limit + 1,
      }),
  }
}

type NewVersion = Omit<PolicyVersion, 'id' | 'generation'>

const GENERATION_DIGITS = 10

async function keepVersion(db: Db, change: NewVersion): Promise<PolicyVersion> {
  const last = await db.policyVersion.findFirst({
    where: { scope: change.scope },
    orderBy: { generation: 'desc' },
    select: { generation: true },
  })
  const generation = (last?.generation ?? 0) + 1
  // Ids sort as generations do.
  const id = `${change.scope}@${String(generation).padStart(GENERATION_DIGITS, '0')}`
  return db.policyVersion.create({ data: { ...change, id, generation } })
}
