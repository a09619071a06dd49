import type { Db } from './db.ts'
import type { IdempotentAnswer } from './generated/sqlite/client.ts'

export type { IdempotentAnswer }
export type IdempotencyRows = ReturnType<typeof idempotencyRows>

/** Answers that were given to a request with an Idempotency-Key. */
export function idempotencyRows(db: Db) {
  return {
    get: (id: string) => db.idempotentAnswer.findUnique({ where: { id } }),

    insert: async (row: IdempotentAnswer) => {
      await db.idempotentAnswer.create({ data: { ...row, answer: Uint8Array.from(row.answer) } })
    },

    /** Drops what is older than its promise; called by whoever inserts, so no timer is needed. */
    forgetBefore: async (at: Date) => {
      await db.idempotentAnswer.deleteMany({ where: { createdAt: { lt: at } } })
    },
  }
}
