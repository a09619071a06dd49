import type { Prisma } from './generated/sqlite/client.ts'

/** The client inside or outside a transaction; rows are read and written through either. */
export type Db = Prisma.TransactionClient

/** One page of rows by their id, which is by time; `after` is the last id of the page before. */
export interface PageOf {
  readonly after: string | null
  readonly limit: number
  /** Which come first; the oldest where it is left out. */
  readonly order?: 'oldest' | 'newest'
}

/** Ids sort by time, so rows that are inserted meanwhile are never told twice. */
export function afterId({ after, order }: PageOf): { id?: { gt: string } | { lt: string } } {
  if (after === null) return {}
  return { id: order === 'newest' ? { lt: after } : { gt: after } }
}

/** One more than asked for tells whether there is a next page. */
export function pageArgs(page: PageOf) {
  return {
    orderBy: { id: page.order === 'newest' ? ('desc' as const) : ('asc' as const) },
    take: page.limit + 1,
  }
}
