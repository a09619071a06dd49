import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { TimelineEvent } from './generated/sqlite/client.ts'

export type { TimelineEvent }
export type TimelineRows = ReturnType<typeof timelineRows>

/** What happened to a host, in order. */
export function timelineRows(db: Db) {
  return {
    append: async (event: TimelineEvent) => {
      await db.timelineEvent.create({ data: event })
    },

    list: (hostId: string, page: PageOf) =>
      db.timelineEvent.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page) }),
  }
}
