import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { TimelineEvent } from './generated/sqlite/client.ts'

export type { TimelineEvent }
export type TimelineRows = ReturnType<typeof timelineRows>

/** Few enough parameters for one statement of SQLite. */
const AT_ONCE = 500

/** What happened to a host, in order. */
export function timelineRows(db: Db) {
  return {
    append: async (event: TimelineEvent) => {
      await db.timelineEvent.create({ data: event })
    },

    appendAll: async (events: readonly TimelineEvent[]) => {
      for (let i = 0; i < events.length; i += AT_ONCE) {
        await db.timelineEvent.createMany({ data: events.slice(i, i + AT_ONCE) })
      }
    },

    list: (hostId: string, page: PageOf) =>
      db.timelineEvent.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page) }),
  }
}
