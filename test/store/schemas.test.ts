import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { databaseFile } from '../../src/store/database-url.ts'
import { freshDatabase, SERVER } from '../database.ts'

const schemaOf = (engine: string) =>
  readFileSync(new URL(`../../prisma/${engine}/schema.prisma`, import.meta.url), 'utf8')

test('the two schemas differ in the engine that they name, and in nothing else', () => {
  const asSqlite = schemaOf('postgresql').replaceAll('postgresql', 'sqlite')
  expect(asSqlite).toBe(schemaOf('sqlite'))
  expect(schemaOf('sqlite').match(/^model /gm)?.length).toBeGreaterThan(20)
})

/** Columns as `Table.column nullable`. */
type Columns = readonly string[]

// There is a PostgreSQL to ask in CI; the schemas are compared above in any case.
if (SERVER !== undefined) {
  test('the migrations of both engines make the same tables and columns', async () => {
    const database = await freshDatabase()
    try {
      expect(await postgresqlColumns(database.url)).toEqual(await sqliteColumns())
    } finally {
      await database.drop()
    }
  })

  test('text sorts by its bytes on PostgreSQL too, in every column', async () => {
    const database = await freshDatabase()
    try {
      const wrong = `SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'
          AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`
      expect(await asked(database.url, wrong)).toEqual([])
    } finally {
      await database.drop()
    }
  })
}

async function asked<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

async function postgresqlColumns(url: string): Promise<Columns> {
  const rows = await asked<{ at: string; nullable: boolean }>(
    url,
    `SELECT table_name || '.' || column_name AS at, is_nullable = 'YES' AS nullable
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations'`,
  )
  return rows.map(({ at, nullable }) => `${at} ${nullable}`).sort()
}

async function sqliteColumns(): Promise<Columns> {
  const dir = mkdtempSync(join(tmpdir(), 'berth-schemas-'))
  try {
    const file = `file:${join(dir, 'berth.db')}`
    await migrateSqlite(file)
    const client = libsqlClient(databaseFile(file))
    const { rows } = await client.execute(
      `SELECT t.name || '.' || c.name, c."notnull" FROM sqlite_schema t, pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> '_prisma_migrations'`,
    )
    client.close()
    return rows.map(([at, notNull]) => `${String(at)} ${Number(notNull) === 0}`).sort()
  } finally {
    rmSync(dir, { recursive: true })
  }
}
