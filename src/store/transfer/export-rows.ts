import { createHash } from 'node:crypto'
import { isPostgresql } from '../database-url.ts'
import { readPostgresql } from '../postgresql/whole.ts'
import { readSqlite } from '../sqlite/whole.ts'
import { FORMAT, headerLine, trailerLine, type Header } from './header.ts'
import { behind, rowLine } from './row.ts'
import { tablesOf, type Row, type Table } from './tables.ts'

/** Rows that are held at once; fewer where one may be large. */
const PAGE = 200
const PAGE_OF_BYTES = 20
/** What is handed on at once. Units: characters. */
const CHUNK = 64 * 1024

/** How far it has come. */
export type Watch = (rows: number, of: number) => void

export interface Exported {
  readonly header: Header
  readonly rows: number
  /** Over all lines but the last. */
  readonly sha256: string
}

/**
 * Writes every row of a database as lines of JSON, as it was at one moment, while others write to it.
 *
 * `write` is waited for, so whoever reads slowly makes nothing pile up here.
 *
 * Errors: throws a sentence where there is no database, or one of another release; whatever `write` throws.
 */
export function exportRows(
  url: string,
  write: (text: string) => Promise<void>,
  { at, release, watch = () => {} }: { readonly at: Date; readonly release: string; readonly watch?: Watch },
): Promise<Exported> {
  const read = isPostgresql(url) ? readPostgresql : readSqlite
  return read(url, async ({ db, stored, migration }) => {
    const tables = await tablesOf(db, stored)
    const said: Header['tables'] = []
    for (const table of tables) said.push({ ...saidOf(table), rows: await table.rows.count() })
    const total = said.reduce((sum, { rows }) => sum + rows, 0)
    const header = { format: FORMAT, at: at.toISOString(), release, migration, tables: said } as const
    const hash = createHash('sha256')
    let text = headerLine(header)
    let rows = 0
    const handOn = async (): Promise<void> => {
      hash.update(text)
      await write(text)
      text = ''
    }
    for (const table of tables) {
      for await (const page of pagesOf(table)) {
        for (const row of page) {
          text += rowLine(table, row)
          if (text.length >= CHUNK) await handOn()
        }
        rows += page.length
        watch(rows, total)
      }
    }
    if (rows !== total)
      throw new Error(`there were ${total} rows, and ${rows} were read: the database is damaged`)
    await handOn()
    const sha256 = hash.digest('hex')
    await write(trailerLine({ rows, sha256 }))
    return { header, rows, sha256 }
  })
}

function saidOf({ name, key, columns }: Table) {
  return { name, key: [...key], columns: Object.fromEntries(columns.map((one) => [one.name, one.type])) }
}

async function* pagesOf(table: Table): AsyncGenerator<readonly Row[]> {
  const take = table.columns.some(({ type }) => type === 'Bytes') ? PAGE_OF_BYTES : PAGE
  const orderBy = table.key.map((column) => ({ [column]: 'asc' }))
  for (let where = {}; ;) {
    const page = await table.rows.findMany({ where, orderBy, take })
    yield page
    const last = page.at(-1)
    if (page.length < take || !last) return
    where = behind(table, last)
  }
}
