import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Pause } from './generated/sqlite/client.ts'

export type { Pause }
export type PauseRows = ReturnType<typeof pauseRows>

/** When whole scopes are left alone; a scope is `fleet` or `group:<name>`. */
export function pauseRows(db: Db) {
  return {
    set: (row: Pause) => db.pause.upsert({ where: { id: row.id }, create: row, update: row }),

    /** The one that goes on in a scope. */
    current: (scope: string, at: Date) =>
      db.pause.findFirst({ where: { scope, ...goesOn(at) }, orderBy: { id: 'desc' } }),

    /** Those that go on. */
    list: (page: PageOf, at: Date) =>
      db.pause.findMany({ where: { AND: [goesOn(at), afterId(page)] }, ...pageArgs(page) }),

    /** Those that went on at some time after `since`, oldest first. */
    after: (since: Date) =>
      db.pause.findMany({
        where: {
          AND: [
            { OR: [{ endedAt: null }, { endedAt: { gt: since } }] },
            { OR: [{ until: null }, { until: { gt: since } }] },
          ],
        },
        orderBy: { id: 'asc' },
      }),
  }
}

function goesOn(at: Date) {
  return { endedAt: null, OR: [{ until: null }, { until: { gt: at } }] }
}
