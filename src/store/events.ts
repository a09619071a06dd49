import type { Db } from './db.ts'
import type { Event } from './generated/sqlite/client.ts'

export type { Event }
export type EventRows = ReturnType<typeof eventRows>

/** What happened anywhere, in the order in which it was committed. Triggers write it. */
export function eventRows(db: Db) {
  return {
    /** The oldest of those that came after one. */
    after: (seq: number, limit: number): Promise<Event[]> =>
      db.event.findMany({ where: { seq: { gt: seq } }, orderBy: { seq: 'asc' }, take: limit }),

    /** The first and the last that are kept; null where nothing has happened. */
    kept: async (): Promise<{ first: number; last: number } | null> => {
      const [first, last] = await Promise.all(
        (['asc', 'desc'] as const).map((seq) =>
          db.event.findFirst({ orderBy: { seq }, select: { seq: true } }),
        ),
      )
      return first && last ? { first: first.seq, last: last.seq } : null
    },
  }
}
