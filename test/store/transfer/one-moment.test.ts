import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore, type Store } from '../../../src/store/open-store.ts'
import { exportRows } from '../../../src/store/transfer/export-rows.ts'
import { freshDatabase, SERVER, type TestDatabase } from '../../database.ts'
import { oldPostgresql, oldSqlite, migrationNames } from '../upgrade/old-database.ts'
import { asked } from './asked.ts'
import { AT, change, freshFile, imported, linesIn } from './told.ts'

let database: TestDatabase
let store: Store
beforeEach(async () => {
  database = await freshDatabase()
  store = await openStore(database.url)
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

test('an export is of one moment: what is written meanwhile is not in it, and is not kept waiting', async () => {
  for (let n = 0; n < 300; n++) await change(store, `before-${n}`)
  let text = ''
  let after = 0
  const write = async (more: string) => {
    text += more
    await change(store, `after-${after++}`)
  }
  await exportRows(database.url, write, { at: AT, release: '0.1.0' })
  expect(after).toBeGreaterThan(3)
  expect((await store.audit.last())?.seq).toBe(300 + after)
  const target = await freshDatabase()
  try {
    await imported(text.split(/(?<=\n)/), target.url)
    for (const table of ['Host', 'TimelineEvent', 'AuditEntry'])
      expect(await asked(target.url, `SELECT CAST(count(*) AS TEXT) FROM "${table}"`)).toEqual([['300']])
    expect(await asked(target.url, `SELECT "id" FROM "Host" WHERE "hostname" LIKE 'after%'`)).toEqual([])
  } finally {
    await target.drop()
  }
})

test('rows are read in pages, and handed on before the next is read', async () => {
  for (let n = 0; n < 450; n++) await change(store, `${n}`)
  const chunks: number[] = []
  const { rows } = await exportRows(database.url, async (text) => void chunks.push(text.length), {
    at: AT,
    release: '0.1.0',
    watch: (done, of) => seen.push([done, of]),
  })
  const total = rows
  expect(Math.max(...chunks)).toBeLessThan(100_000)
  const steps = seen.map(([done], i) => done - (seen[i - 1]?.[0] ?? 0))
  expect(Math.max(...steps)).toBe(200)
  expect(seen.at(-1)).toEqual([total, total])
})
const seen: [number, number][] = []

test('nothing is written to a database that is read', async () => {
  await change(store, '1')
  await store.close()
  const before = await asked(database.url, 'SELECT * FROM "_prisma_migrations"')
  const [first, second] = [await linesIn(database.url), await linesIn(database.url)]
  expect(first.lines).toEqual(second.lines)
  expect(await asked(database.url, 'SELECT * FROM "_prisma_migrations"')).toEqual(before)
  store = await openStore(database.url)
})

test.each<[why: string, made: () => Promise<TestDatabase> | TestDatabase, says: RegExp]>([
  [
    'one of an older release',
    () =>
      SERVER === undefined
        ? oldSqlite(migrationNames('sqlite').slice(0, -1), 'none')
        : oldPostgresql(SERVER, migrationNames('postgresql').slice(0, -1)),
    /has not the schema of this release \(migration \d+_\w+ is missing\): start this release on it once/,
  ],
  ['none at all', freshFile, /there is no database at/],
])('%s is not exported', async (_why, made, says) => {
  const other = await made()
  try {
    await expect(linesIn(other.url)).rejects.toThrow(says)
  } finally {
    await other.drop()
  }
})

if (SERVER !== undefined)
  test('a server that is not there, or has no such database, is a sentence', async () => {
    const none = new URL(SERVER ?? '')
    none.pathname = '/nobody'
    await expect(linesIn(none.href)).rejects.toThrow(/^[^\n]*nobody[^\n]*does not exist[^\n]*$/)
    none.port = '1'
    await expect(linesIn(none.href)).rejects.toThrow(/^the database cannot be reached: [^\n]*$/)
  })

test('one of a newer release is not exported', async () => {
  const insert = `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name")
    VALUES ('x', '', CURRENT_TIMESTAMP, '29990101000000_x')`
  await asked(database.url, insert)
  await expect(linesIn(database.url)).rejects.toThrow(/newer release/)
})
