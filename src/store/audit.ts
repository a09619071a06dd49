import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { AuditEntry } from './generated/sqlite/client.ts'

export type { AuditEntry }
export type AuditRows = ReturnType<typeof auditRows>

/** Who did what to what. There is no update and no delete, here or in the database. */
export function auditRows(db: Db) {
  return {
    append: (entry: AuditEntry) => db.auditEntry.create({ data: entry }),

    list: (page: PageOf, filter: { target?: string; actor?: string }) =>
      db.auditEntry.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) }),
  }
}
