import type { Prisma } from './generated/sqlite/client.ts'

/** The client inside or outside a transaction; rows are read and written through either. */
export type Db = Prisma.TransactionClient

/** One page of rows in ascending order of id; `after` is the last id of the page before. */
export interface PageOf {
  readonly after: string | null
  readonly limit: number
}

/** Ids sort by time, so rows that are inserted meanwhile only ever lie behind the cursor. */
export function afterId(page: PageOf): { id?: { gt: string } } {
  return page.after === null ? {} : { id: { gt: page.after } }
}

/** One more than asked for tells whether there is a next page. */
export function pageArgs(page: PageOf) {
  return { orderBy: { id: 'asc' as const }, take: page.limit + 1 }
}
