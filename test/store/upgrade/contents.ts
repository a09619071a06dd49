import pg from 'pg'
import { databaseFile, isPostgresql } from '../../../src/store/database-url.ts'
import { libsqlClient } from '../../../src/store/sqlite/libsql-client.ts'

/** A row as texts, by column. */
export type Row = Readonly<Record<string, string | null>>
/** Every row of every table, in an order that follows from the rows alone. */
export type Contents = ReadonlyMap<string, readonly Row[]>

/** The rows of the service in a database of either engine, in whatever version. */
export async function contentsOf(url: string): Promise<Contents> {
  const { ask, close } = await opened(url)
  try {
    const contents = new Map<string, Row[]>()
    for (const [table = ''] of await ask(isPostgresql(url) ? POSTGRESQL.tables : SQLITE.tables)) {
      const { columns, text } = isPostgresql(url) ? POSTGRESQL : SQLITE
      const names = (await ask(columns(table ?? ''))).map(([name]) => name ?? '')
      const rows = await ask(`SELECT ${names.map((name) => text(`"${name}"`)).join(', ')} FROM "${table}"`)
      contents.set(
        table ?? '',
        rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
      )
    }
    return contents
  } finally {
    await close()
  }
}

export const SQLITE_TABLES = `SELECT name FROM sqlite_schema
  WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB '_prisma_*' ORDER BY rowid`

const SQLITE = {
  tables: SQLITE_TABLES,
  columns: (table: string) => `SELECT name FROM pragma_table_info('${table}')`,
  text: (column: string) =>
    `CASE typeof(${column}) WHEN 'blob' THEN hex(${column}) ELSE CAST(${column} AS TEXT) END`,
}

const POSTGRESQL = {
  tables: `SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_prisma\\_%'`,
  columns: (table: string) =>
    `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '${table}'`,
  text: (column: string) => `${column}::text`,
}

interface Opened {
  readonly ask: (sql: string) => Promise<readonly (readonly (string | null)[])[]>
  readonly close: () => Promise<void>
}

async function opened(url: string): Promise<Opened> {
  if (!isPostgresql(url)) {
    const client = libsqlClient(databaseFile(url))
    return {
      ask: async (sql) => (await client.execute(sql)).rows as (string | null)[][],
      close: async () => client.close(),
    }
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return {
    ask: async (text) => (await client.query<(string | null)[]>({ text, rowMode: 'array' })).rows,
    close: () => client.end(),
  }
}
