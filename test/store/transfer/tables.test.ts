import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { readPostgresql } from '../../../src/store/postgresql/whole.ts'
import { readSqlite } from '../../../src/store/sqlite/whole.ts'
import { tablesOf, type Table } from '../../../src/store/transfer/tables.ts'
import { freshDatabase, SERVER, type TestDatabase } from '../../database.ts'
import { asked } from './asked.ts'

const isFile = SERVER === undefined
let database: TestDatabase
let tables: readonly Table[]
beforeAll(async () => {
  database = await freshDatabase()
  await (await openStore(database.url)).close()
  const read = isFile ? readSqlite : readPostgresql
  tables = await read(database.url, ({ db, stored }) => tablesOf(db, stored))
})
afterAll(() => database.drop())

/** What the engine itself says of its tables, in whatever order. */
const COLUMNS = isFile
  ? `SELECT t.name || '.' || c.name || CASE c."notnull" WHEN 0 THEN ' or null' ELSE '' END FROM sqlite_schema t, pragma_table_info(t.name) c
      WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE '\\_prisma%' ESCAPE '\\'`
  : `SELECT table_name || '.' || column_name || CASE is_nullable WHEN 'YES' THEN ' or null' ELSE '' END
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_prisma%'`
const REFERENCES = isFile
  ? `SELECT t.name, f."table" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'`
  : `SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'`

test('every column of every table travels', async () => {
  const own = tables.flatMap(({ name, columns }) =>
    columns.map((column) => `${name}.${column.name}${column.isNullable ? ' or null' : ''}`),
  )
  const there = (await asked(database.url, COLUMNS)).map(([at]) => String(at))
  expect(own.sort()).toEqual(there.sort())
  expect(tables.length).toBeGreaterThan(30)
})

test('every table has a key to travel in the order of', () => {
  expect(tables.filter(({ key }) => key.length === 0)).toEqual([])
  expect(tables.find(({ name }) => name === 'Pin')?.key).toEqual(['hostId', 'purpose', 'kind'])
})

test('whoever refers to a row comes after it', async () => {
  const place = (name: unknown) =>
    tables.findIndex((table) => table.name === String(name).replaceAll('"', ''))
  const references = await asked(database.url, REFERENCES)
  expect(references.length).toBeGreaterThan(10)
  for (const [from, to] of references) expect([from, to, place(from) > place(to)]).toEqual([from, to, true])
})
