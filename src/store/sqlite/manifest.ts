import { createHash } from 'node:crypto'
import type Libsql from 'libsql'

/** The one table of a copy that the service does not have. */
export const MANIFEST_TABLE = 'BerthBackup'

/** What a copy says of itself. */
export interface Manifest {
  readonly format: 1
  /** When it was taken. */
  readonly at: string
  readonly release: string
  /** The newest migration that it has. */
  readonly schema: string
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly sha256: string }>>
}

/**
 * Counts and digests of the rows of every table. SQLite itself keeps no checksum of what is in a row, so a bit that
 * has turned there is found by nothing else.
 */
export function tableDigests(database: Libsql.Database): Manifest['tables'] {
  const names = database
    .prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name <> ? ORDER BY name`,
    )
    .raw()
    .all([MANIFEST_TABLE]) as [string][]
  return Object.fromEntries(names.map(([name]) => [name, digestOf(database, name)]))
}

function digestOf(database: Libsql.Database, table: string): { rows: number; sha256: string } {
  const hash = createHash('sha256')
  const statement = database.prepare(`SELECT * FROM "${table}" ORDER BY rowid`)
  let rows = 0
  // One row at a time: a database may be larger than memory.
  for (const row of statement.safeIntegers(true).raw().iterate([]) as IterableIterator<unknown[]>) {
    rows++
    for (const value of row) {
      const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value))
      hash.update(`${value === null ? 'null' : typeof value} ${bytes.length}\n`).update(bytes)
    }
  }
  return { rows, sha256: hash.digest('hex') }
}

/** Null for a copy that something else has made. */
export function manifestIn(database: Libsql.Database): Manifest | null {
  const found = database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').raw().get([MANIFEST_TABLE])
  if (found === undefined) return null
  const [text] = database.prepare(`SELECT "manifest" FROM "${MANIFEST_TABLE}"`).raw().get([]) as [string]
  return JSON.parse(text) as Manifest
}
