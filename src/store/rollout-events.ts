import type { Db, PageOf } from './db.ts'
import type { RolloutEvent } from './generated/sqlite/client.ts'

export type { RolloutEvent }
export type RolloutEventRows = ReturnType<typeof rolloutEventRows>

/** What happened to a rollout, in the order in which it was committed. Triggers write it. */
export function rolloutEventRows(db: Db) {
  return {
    /** `after`: a number of the page before. */
    list: (
      rolloutId: string,
      { after, limit, order }: Omit<PageOf, 'after'> & { readonly after: number | null },
      filter: { readonly hostId?: string; readonly kind?: string },
    ): Promise<RolloutEvent[]> =>
      db.rolloutEvent.findMany({
        where: {
          ...{ rolloutId, ...filter },
          ...(after !== null && { seq: order === 'newest' ? { lt: after } : { gt: after } }),
        },
        orderBy: { seq: order === 'newest' ? 'desc' : 'asc' },
        take: limit + 1,
      }),
  }
}
