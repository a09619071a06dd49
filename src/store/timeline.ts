import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { TimelineEvent } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { TimelineEvent }
export type NewTimelineEvent = Omit<TimelineEvent, 'rolloutId'> & Partial<Pick<TimelineEvent, 'rolloutId'>>
export type TimelineRows = ReturnType<typeof timelineRows>

/** Few enough parameters for one statement of SQLite. */
const AT_ONCE = 500

/** What happened to a host, in order. */
export function timelineRows(db: Db, sql: Sql) {
  const table = plain<TimelineEvent>(db, sql, 'TimelineEvent')
  return {
    /** All in one statement. */
    append: (...events: readonly NewTimelineEvent[]) => table.insert(...events),

    appendAll: async (events: readonly NewTimelineEvent[]) => {
      for (let i = 0; i < events.length; i += AT_ONCE) {
        await db.timelineEvent.createMany({ data: events.slice(i, i + AT_ONCE) })
      }
    },

    /** When that happened last with a plan; null where it never did. */
    last: async (of: { hostId: string; plan: string; kind: string }): Promise<Date | null> =>
      (await db.timelineEvent.findFirst({ where: of, orderBy: { id: 'desc' }, select: { at: true } }))?.at ??
      null,

    count: (hostId: string, kind: string): Promise<number> =>
      db.timelineEvent.count({ where: { hostId, kind } }),

    list: (hostId: string, page: PageOf) =>
      db.timelineEvent.findMany({ where: { hostId, ...afterId(page) }, ...pageArgs(page) }),
  }
}
