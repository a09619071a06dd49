import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { ApprovedException } from './generated/sqlite/client.ts'

export type { ApprovedException }
export type ExceptionRows = ReturnType<typeof exceptionRows>

/** Exceptions as they were approved; what has expired stays until somebody takes it away. */
export function exceptionRows(db: Db) {
  return {
    insert: (row: ApprovedException) => db.approvedException.create({ data: row }),

    get: (id: string) => db.approvedException.findUnique({ where: { id } }),

    list: (page: PageOf, filter: { hostId?: string; group?: string }) =>
      db.approvedException.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) }),

    remove: async (id: string) => {
      await db.approvedException.deleteMany({ where: { id } })
    },
  }
}
