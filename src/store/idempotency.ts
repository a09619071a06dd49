import type { Db } from './db.ts'
import type { IdempotentAnswer } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { IdempotentAnswer }
export type IdempotencyRows = ReturnType<typeof idempotencyRows>

/** Answers that were given to a request with an Idempotency-Key. */
export function idempotencyRows(db: Db, sql: Sql) {
  const table = plain<IdempotentAnswer>(db, sql, 'IdempotentAnswer')
  return {
    get: (id: string): Promise<IdempotentAnswer | null> => table.one({ id }),

    insert: (row: IdempotentAnswer) => table.insert(row),

    /** Drops what is older than its promise; called by whoever inserts, so no timer is needed. */
    forgetBefore: async (at: Date) => {
      await db.idempotentAnswer.deleteMany({ where: { createdAt: { lt: at } } })
    },
  }
}
