import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { EnrollmentToken } from './generated/sqlite/client.ts'

export type { EnrollmentToken }
export type TokenRows = ReturnType<typeof tokenRows>

/** Enrolment tokens; only the hash of a secret is here. */
export function tokenRows(db: Db) {
  return {
    insert: (token: EnrollmentToken) => db.enrollmentToken.create({ data: token }),

    get: (id: string) => db.enrollmentToken.findUnique({ where: { id } }),

    list: (page: PageOf) => db.enrollmentToken.findMany({ where: afterId(page), ...pageArgs(page) }),

    /** Takes one use; false when none was left. */
    use: async (id: string) => {
      const { count } = await db.enrollmentToken.updateMany({
        where: { id, usesLeft: { gt: 0 } },
        data: { usesLeft: { decrement: 1 } },
      })
      return count === 1
    },

    remove: async (id: string) => {
      await db.enrollmentToken.deleteMany({ where: { id } })
    },
  }
}
