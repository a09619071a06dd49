import { SQLITE_TABLES } from './contents.ts'
import type { LibsqlClient } from '../../../src/store/sqlite/libsql-client.ts'

const quoted = (name: string) => `"${name}"`

/** Runs `load` while no trigger speaks: rows that triggers have written before are among those that are loaded. */
export async function withoutTriggers(client: LibsqlClient, load: () => Promise<void>): Promise<void> {
  const { rows } = await client.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
  for (const [name] of rows) await client.execute(`DROP TRIGGER ${quoted(String(name))}`)
  await load()
  for (const [, sql] of rows) await client.execute(String(sql))
}

/**
 * The rows of a database as statements of SQL, for a file that is checked in. What is large and comes more than once
 * stands there once.
 */
export async function fixtureSql(client: LibsqlClient): Promise<string> {
  const blobs = new Map<string, number>()
  const literal = (value: unknown): string => {
    if (value === null) return 'NULL'
    if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
    if (!(value instanceof ArrayBuffer)) return String(value)
    const hex = Buffer.from(value).toString('hex')
    if (hex.length < 200) return `x'${hex}'`
    const number = blobs.get(hex) ?? blobs.size + 1
    blobs.set(hex, number)
    return `(SELECT "bytes" FROM "Blob" WHERE "number" = ${number})`
  }
  const inserts: string[] = []
  const { rows: tables } = await client.execute(SQLITE_TABLES)
  for (const table of tables.map(([name]) => quoted(String(name)))) {
    const { columns, rows } = await client.execute(`SELECT * FROM ${table} ORDER BY rowid`)
    const names = columns.map(quoted).join(', ')
    for (const row of rows) {
      inserts.push(`INSERT INTO ${table} (${names}) VALUES (${row.map(literal).join(', ')});`)
    }
  }
  return [
    'CREATE TEMP TABLE "Blob" ("number" INTEGER PRIMARY KEY, "bytes" BLOB);',
    ...[...blobs].map(([hex, number]) => `INSERT INTO "Blob" VALUES (${number}, x'${hex}');`),
    ...inserts,
    'DROP TABLE "Blob";',
    '',
  ].join('\n')
}
