import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { ApiKey } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { ApiKey }
export type KeyRows = ReturnType<typeof keyRows>

/** API keys of people and tools; only the hash of a secret is here. */
export function keyRows(db: Db, sql: Sql) {
  const table = plain<ApiKey>(db, sql, 'ApiKey')
  return {
    insert: (key: Omit<ApiKey, 'revokedAt' | 'lastUsedAt'>) => db.apiKey.create({ data: key }),

    get: (id: string): Promise<ApiKey | null> => table.one({ id }),

    list: (page: PageOf) => db.apiKey.findMany({ where: afterId(page), ...pageArgs(page) }),

    revoke: (id: string, at: Date) => db.apiKey.update({ where: { id }, data: { revokedAt: at } }),

    used: async (id: string, at: Date) => {
      await db.apiKey.updateMany({ where: { id }, data: { lastUsedAt: at } })
    },

    /** True while no key was ever made: then the first one has to come from outside. */
    none: async () => (await db.apiKey.findFirst({ select: { id: true } })) === null,
  }
}
