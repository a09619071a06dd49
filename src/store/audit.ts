import { canonicalJson } from '../audit/canonical-json.ts'
import { entryHash, GENESIS, type Link } from '../audit/entry.ts'
import type { Db, PageOf } from './db.ts'
import type { AuditEntry as Row } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import { sha256 } from './sha256.ts'
import type { Sql } from './sql.ts'

/** An entry that has its place in the chain; none is without one once the store is open. */
export type AuditEntry = Omit<Row, keyof Place> & Place
interface Place {
  readonly seq: number
  readonly prevHash: string
  readonly hash: string
}

/** What is to be written. Of `detail` the canonical JSON is kept. */
export type NewAuditEntry = Omit<Row, keyof Place | 'detail'> & {
  readonly detail: Readonly<Record<string, unknown>>
}

/** One page of entries in the order of the chain. */
export interface AuditPageOf extends Omit<PageOf, 'after'> {
  /** The last entry of the page before. The id tells two apart that somebody has given one number. */
  readonly after: Pick<AuditEntry, 'seq' | 'id'> | null
}

export interface AuditFilter {
  readonly target?: string
  readonly actor?: string
  /** The number of the first entry. */
  readonly since?: number
}

/** What Unicode puts where something cannot be said. */
const REPLACEMENT = '\ufffd'

export type AuditRows = ReturnType<typeof auditRows>

/**
 * Who did what to what. There is no update and no delete, here or in the database.
 *
 * Each entry is chained to the one before it, so `append` belongs into a transaction: writers follow one another there.
 */
export function auditRows(db: Db, sql: Sql) {
  const table = plain<Row>(db, sql, 'AuditEntry')
  const newest = { where: { seq: { not: null } }, orderBy: { seq: 'desc' } } as const
  const tail = async (): Promise<Link> => {
    const text = `SELECT "seq", "hash" FROM "AuditEntry" WHERE "seq" IS NOT NULL ORDER BY "seq" DESC LIMIT 1`
    const [row] = table.read(await sql.rows(text, []), ['seq', 'hash'])
    return (row as Link | undefined) ?? GENESIS
  }
  // Nobody else appends in this transaction: what it has written last needs not be read again.
  let known: Promise<Link> | null = null

  return {
    /** The end of the chain, from whoever has read it in this transaction. */
    endsWith: (end: Link): void => {
      known ??= Promise.resolve(end)
    },

    append: (entry: NewAuditEntry): Promise<AuditEntry> => {
      const row = (known ?? tail()).then(async (after) => {
        const data = chained(storable(entry), after)
        await table.insert(data)
        return data
      })
      known = row
      row.catch(() => {
        if (known === row) known = null
      })
      return row
    },

    list: ({ after, limit, order = 'oldest' }: AuditPageOf, { since, ...filter }: AuditFilter) => {
      const isOldestFirst = order === 'oldest'
      const way = isOldestFirst ? ('asc' as const) : ('desc' as const)
      return db.auditEntry.findMany({
        where: {
          AND: [filter, { seq: { gte: since ?? 1 } }, ...(after ? [behind(after, isOldestFirst)] : [])],
        },
        orderBy: [{ seq: way }, { id: way }],
        take: limit + 1,
      }) as Promise<AuditEntry[]>
    },

    /** The newest entry. */
    last: () => db.auditEntry.findFirst(newest) as Promise<AuditEntry | null>,
  }
}

/** An entry with its place behind another one. */
export function chained<E extends Omit<Row, keyof Place>>(entry: E, { seq, hash }: Link): E & Place {
  const { id, at, actor, action, target, detail, requestId } = entry
  const next = { seq: seq + 1, prev_hash: hash }
  const said = { id, at: at.toISOString(), actor, action, target, detail: toldIn(detail) }
  const own = entryHash({ ...next, ...said, request_id: requestId }, sha256)
  return { ...entry, seq: next.seq, prevHash: hash, hash: own }
}

/** What an entry's stored text says; where somebody has made it something else, that text under a name that no entry has. */
export function toldIn(detail: string): Record<string, unknown> {
  try {
    const told: unknown = JSON.parse(detail)
    if (typeof told === 'object' && told !== null && !Array.isArray(told))
      return told as Record<string, unknown>
  } catch {
    // It is told below.
  }
  return { 'not an object': detail }
}

/**
 * An entry as every database keeps it, for the hash is of that: PostgreSQL takes no NUL and no half of a surrogate pair,
 * also not as an escape in JSON.
 */
function storable({ id, at, detail, ...words }: NewAuditEntry): Omit<Row, keyof Place> {
  const told: unknown = JSON.parse(JSON.stringify(detail), (_, value: unknown) =>
    typeof value === 'string' ? sayable(value) : value,
  )
  const { actor, action, target, requestId } = words
  return {
    ...{ id, at, detail: canonicalJson(told) },
    ...{
      actor: sayable(actor),
      action: sayable(action),
      target: sayable(target),
      requestId: sayable(requestId),
    },
  }
}

function sayable(text: string): string {
  return text.replaceAll('\0', REPLACEMENT).replace(/\p{Surrogate}/gu, REPLACEMENT)
}

function behind({ seq, id }: Pick<AuditEntry, 'seq' | 'id'>, isOldestFirst: boolean) {
  return isOldestFirst
    ? { seq: { gte: seq }, OR: [{ seq: { gt: seq } }, { id: { gt: id } }] }
    : { seq: { lte: seq }, OR: [{ seq: { lt: seq } }, { id: { lt: id } }] }
}
