import { isPostgresql } from '../database-url.ts'
import { turnOf } from '../new-id.ts'
import { lastWordsOf, outageOf } from '../outage.ts'
import { fillPostgresql } from '../postgresql/whole.ts'
import { fillSqlite } from '../sqlite/whole.ts'
import type { Whole } from './engine.ts'
import type { Watch } from './export-rows.ts'
import { headerIn, jsonIn, mustBeAlike, trailerIn, type Header } from './header.ts'
import { linesOf, type Line } from './lines.ts'
import { StreamRefused } from './refused.ts'
import { byKey, rowIn, saidIn } from './row.ts'
import { tablesOf, type Row, type Table } from './tables.ts'

/** Values and bytes of one statement: few enough parameters for SQLite, and for memory. */
const MOST_VALUES = 1000
const MOST_TEXT = 4 * 1024 * 1024

export interface Imported {
  readonly header: Header
  readonly rows: number
}

/**
 * Fills an empty database with what `exportRows` has written, all or nothing, and brings it to this release's schema before.
 *
 * Triggers rest meanwhile: what they have written before is among the rows. Numbers and ids go on behind those that came.
 *
 * Errors: throws a sentence where the database holds rows, or refuses some; `StreamRefused` where the stream is not what was written.
 */
export async function importRows(
  stream: AsyncIterable<Uint8Array | string>,
  url: string,
  watch: Watch = () => {},
): Promise<Imported> {
  const lines = linesOf(stream)
  const first = await lines.next()
  const header = await headerIn(first.done ? undefined : first.value)
  const fill = isPostgresql(url) ? fillPostgresql : fillSqlite
  return fill(url, async (whole) => {
    const tables = await tablesOf(whole.db, whole.stored)
    mustBeAlike(header, tables)
    await mustBeEmpty(tables)
    return filledWith(lines, { header, tables, whole, watch })
  })
}

/** Errors: throws where any table has a row: what came and what was there would be mixed. */
async function mustBeEmpty(tables: readonly Table[]): Promise<void> {
  const found: string[] = []
  for (const { name, rows } of tables) {
    const count = await rows.count()
    if (count > 0) found.push(`${name} has ${count}`)
  }
  if (found.length > 0)
    throw new Error(
      `the database is not empty (rows: ${found.join(', ')}): an import wants a new one; nothing was changed`,
    )
}

async function filledWith(
  lines: AsyncGenerator<Line>,
  { header, tables, whole, watch }: { header: Header; tables: readonly Table[]; whole: Whole; watch: Watch },
): Promise<Imported & { newestTurn: number | null }> {
  const total = header.tables.reduce((sum, { rows }) => sum + rows, 0)
  let newestTurn: number | null = null
  let rows = 0
  let number = 1
  let place = 0
  let ofTable = 0
  let last: Row | null = null
  const batch = batchOf()

  /** Errors: `StreamRefused` where a table has not all the rows that the header says. */
  async function closeTable(): Promise<void> {
    await batch.write()
    watch(rows, total)
    const { name, rows: said } = header.tables[place] as Header['tables'][number]
    if (ofTable !== said)
      throw new StreamRefused(number, `${said} rows of ${name}`, `${ofTable} before this line`)
    ;[last, ofTable] = [null, 0]
    place++
  }

  for await (const line of lines) {
    number = line.number
    const json = jsonIn(line)
    const trailer = trailerIn(json, line)
    if (trailer) {
      while (place < tables.length) await closeTable()
      const [said, found] = [trailer.sha256, line.before()]
      if (trailer.rows !== rows) throw new StreamRefused(number, `${trailer.rows} rows before it`, `${rows}`)
      if (said !== found)
        throw new StreamRefused(number, `lines with the SHA-256 ${said}`, `${found}: they were changed`)
      const { done } = await lines.next()
      if (!done) throw new StreamRefused(number + 1, 'nothing behind the last line', 'more')
      return { header, rows, newestTurn }
    }
    const { table: name, row: said } = saidIn(json, line)
    const at = tables.findIndex((table) => table.name === name)
    if (at < 0)
      throw new StreamRefused(number, 'a table of this release', `an unknown table ${JSON.stringify(name)}`)
    if (at < place)
      throw new StreamRefused(
        number,
        `rows in the order of the header`,
        `one of ${name} behind ${tables[place]?.name}`,
      )
    while (place < at) await closeTable()
    const table = tables[at] as Table
    const row = rowIn(table, said, { number, holdsNul: whole.holdsNul })
    if (last && byKey(table, last, row) >= 0) throw new StreamRefused(number, ...disorder(table, last, row))
    newestTurn = later(newestTurn, turnOf(String(row['id'])))
    last = row
    rows++
    ofTable++
    if (batch.add(table, row, line)) await batch.write()
    watch(rows, total)
  }
  throw new StreamRefused(
    number + 1,
    'the last line of `berth export`',
    'the end of the stream: it was cut off',
  )
}

function disorder(table: Table, last: Row, row: Row): [expected: string, found: string] {
  const keyOf = (one: Row) => table.key.map((column) => String(one[column])).join(' ')
  return [
    `a row of ${table.name} behind ${keyOf(last)}`,
    byKey(table, last, row) === 0 ? 'the same key again' : `${keyOf(row)}, which comes before it`,
  ]
}

function later(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b > a) ? b : a
}

/** Rows of one table that are written by one statement. */
function batchOf() {
  let table: Table | null = null
  let rows: Row[] = []
  let text = 0
  let first = 0
  let last = 0
  return {
    /** Whether it is full. */
    add: (of: Table, row: Row, line: Line): boolean => {
      if (rows.length === 0) first = line.number
      last = line.number
      table = of
      rows.push(row)
      text += line.text.length
      return (rows.length + 1) * of.columns.length > MOST_VALUES || text >= MOST_TEXT
    },
    write: async (): Promise<void> => {
      if (rows.length === 0 || !table) return
      try {
        await table.rows.createMany({ data: rows })
      } catch (error) {
        if (outageOf(error)) throw error
        const found = `the database refused: ${lastWordsOf(error)}`
        throw new StreamRefused(first, `rows of ${table.name} that can be kept, up to line ${last}`, found)
      }
      ;[rows, text] = [[], 0]
    },
  }
}
