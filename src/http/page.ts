import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PageOf } from '../store/db.ts'
import { RequestFailed } from './failure.ts'

/** What every id is made of, and every name that rows are listed by. */
const ID = /^[\x21-\x7e]+$/

interface Query {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly order?: PageOf['order']
}

/**
 * Where a list goes on. The cursor is bound to the path and the filter that it was made for.
 *
 * Errors: `bad-cursor` when it was made for another list or by nobody.
 */
export function readPage(request: FastifyRequest, query: Query): PageOf {
  const { cursor, limit, order = 'oldest' } = query
  if (cursor === undefined) return { after: null, limit, order }
  const [binding, after, ...more] = Buffer.from(cursor, 'base64url').toString().split(' ')
  // What it is bound by is no secret: anybody can put anything behind it.
  if (binding !== bindingOf(request, query) || !after || !ID.test(after) || more.length > 0) throw badCursor()
  return { after, limit, order }
}

export function badCursor(): RequestFailed {
  return new RequestFailed({
    code: 'bad-cursor',
    detail: 'the cursor does not belong to this list and filter',
  })
}

interface Listed<Row, Item> {
  readonly rows: readonly Row[]
  readonly query: Query
  readonly present: (row: Row) => Item
  /** Where in the list a row stands, without a space; by its id where it is left out. */
  readonly place?: (row: Row) => string
}

/** Cuts the row too many off, and says where the next page begins. */
export function toPage<Row extends { id: string }, Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  { rows, query, present, place = ({ id }) => id }: Listed<Row, Item>,
): { items: Item[]; next_cursor: string | null } {
  const shown = rows.slice(0, query.limit)
  const last = shown.at(-1)
  const items = shown.map(present)
  if (rows.length <= query.limit || !last) return { items, next_cursor: null }
  const cursor = Buffer.from(`${bindingOf(request, query)} ${place(last)}`).toString('base64url')
  const url = new URL(request.url, 'http://berth')
  url.searchParams.set('cursor', cursor)
  reply.header('link', `<${url.pathname}${url.search}>; rel="next"`)
  return { items, next_cursor: cursor }
}

function bindingOf(request: FastifyRequest, query: Query): string {
  const { cursor: _cursor, limit: _limit, ...filter } = query
  const [path] = request.url.split('?')
  return createHash('sha256')
    .update(JSON.stringify([path, Object.entries(filter).sort()]))
    .digest('base64url')
    .slice(0, 16)
}
