import type { Db } from './db.ts'
import type { Session } from './generated/sqlite/client.ts'

export type { Session }
export type SessionRows = ReturnType<typeof sessionRows>

/** Who has signed in; only the hash of a secret is here. */
export function sessionRows(db: Db) {
  return {
    insert: (session: Session) => db.session.create({ data: session }),

    get: (id: string) => db.session.findUnique({ where: { id } }),

    end: async (id: string) => {
      await db.session.deleteMany({ where: { id } })
    },

    forgetEnded: async (at: Date) => {
      await db.session.deleteMany({ where: { expiresAt: { lte: at } } })
    },
  }
}
