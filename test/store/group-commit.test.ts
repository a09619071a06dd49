import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import type { Db } from '../../src/store/db.ts'
import { outageOf } from '../../src/store/outage.ts'
import type { Sql } from '../../src/store/sql.ts'
import { libsqlClient, type LibsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'

let dir: string
let database: Database
let other: LibsqlClient
/** How transactions began and ended, in their order. */
const marks: string[] = []
/** Fails the next COMMIT as a disk does. */
let breakCommit = false
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-shared-'))
  database = await openSqlite(`file:${join(dir, 'berth.db')}`)
  other = libsqlClient(join(dir, 'berth.db'))
  const memory = new Libsql(':memory:')
  const prototype = Object.getPrototypeOf(memory) as Libsql.Database
  const real = (sql: string, on: Libsql.Database) => exec.call(on, sql)
  const { exec } = prototype
  vi.spyOn(prototype, 'exec').mockImplementation(function (this: Libsql.Database, sql: string) {
    if (/^(BEGIN|COMMIT|ROLLBACK)/.test(sql)) marks.push(sql.split(' ')[0] ?? '')
    if (sql === 'COMMIT' && breakCommit) throw new Libsql.SqliteError('disk I/O error', 'SQLITE_IOERR', 10)
    return real(sql, this)
  })
  memory.close()
  // On a slow machine as well there is time for all who wait.
  vi.spyOn(performance, 'now').mockReturnValue(performance.now())
})
afterEach(async () => {
  vi.restoreAllMocks()
  breakCommit = false
  other.close()
  await database.close()
  await rm(dir, { recursive: true })
  marks.length = 0
})

const write = <T>(work: (db: Db, sql: Sql) => Promise<T>) => database.transaction(work, () => [])
const INSERT = `INSERT INTO "ApiKey" ("id", "role", "name", "secretHash", "createdAt", "createdBy") VALUES ($1, 'viewer', $2, '', '', '')`
const insert = (id: string, name = '') => write(async (_, sql) => sql.run(INSERT, [id, name]))
const kindOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: unknown) => outageOf(error)?.kind ?? (error instanceof Error ? error.message : String(error)),
  )

/** What is committed: nobody else sees more. */
async function committed(): Promise<string[]> {
  const { rows } = await other.execute('SELECT "id" FROM "ApiKey" ORDER BY "id"')
  return rows.map(([id]) => String(id))
}

test('who writes alone has a transaction of his own, without a savepoint', async () => {
  const sent: string[] = []
  await write(async (_, sql) => {
    await sql.run(INSERT, ['key_1', ''])
    sent.push(...sql.written)
  })
  await insert('key_2')
  expect([marks, sent]).toEqual([['BEGIN', 'COMMIT', 'BEGIN', 'COMMIT'], ['INSERT ApiKey']])
})

test('who waits shares the commit of who writes, in the order in which they came, and sees what came before', async () => {
  const seen: number[] = []
  const counting = (id: string) =>
    write(async (_, sql) => {
      const rows = await sql.rows('SELECT "id" FROM "ApiKey"', [])
      seen.push(rows.length)
      await sql.run(INSERT, [id, ''])
      return id
    })
  const ids = ['key_1', 'key_2', 'key_3', 'key_4']
  expect(await Promise.all(ids.map(counting))).toEqual(ids)
  expect([seen, marks, await committed()]).toEqual([[0, 1, 2, 3], ['BEGIN', 'COMMIT'], ids])
})

test('nobody is told that it is done before others can see it', async () => {
  const early: string[] = []
  const told = (id: string) => async () => {
    if (!(await committed()).includes(id)) early.push(id)
  }
  await Promise.all(['key_1', 'key_2', 'key_3'].map((id) => insert(id).then(told(id))))
  expect(early).toEqual([])
})

test.each([
  ['the first: the others have one of their own', 0, ['BEGIN', 'ROLLBACK', 'BEGIN', 'COMMIT']],
  ['one of them: it undoes what it did, and no more', 1, ['BEGIN', 'COMMIT']],
  ['the last', 2, ['BEGIN', 'COMMIT']],
])('of several one fails, %s', async (_why, which, transactions) => {
  const failing = (id: string) =>
    write(async (_, sql) => {
      await sql.run(INSERT, [id, ''])
      await sql.run(`UPDATE "ApiKey" SET "name" = 'touched'`, [])
      throw new Error(`no, ${id}`)
    })
  const ids = ['key_1', 'key_2', 'key_3']
  const all = ids.map((id, i) => kindOf(i === which ? failing(id) : insert(id)))
  const kept = ids.filter((_, i) => i !== which)
  expect(await Promise.all(all)).toEqual(ids.map((id, i) => (i === which ? `no, ${id}` : 'done')))
  expect([await committed(), marks]).toEqual([kept, transactions])
  expect(await database.client.apiKey.count({ where: { name: 'touched' } })).toBe(0)
})

test('where one may fail in a statement, the others do not', async () => {
  await insert('key_1')
  const all = ['key_2', 'key_1', 'key_3'].map((id) => kindOf(insert(id)))
  const [before, again, after] = await Promise.all(all)
  expect([before, after]).toEqual(['done', 'done'])
  expect(again).toContain('Unique')
  expect(await committed()).toEqual(['key_1', 'key_2', 'key_3'])
})

test('what cannot be committed is the failure of all, and of nobody later', async () => {
  breakCommit = true
  expect(await Promise.all(['key_1', 'key_2'].map((id) => kindOf(insert(id))))).toEqual([
    'failing',
    'failing',
  ])
  breakCommit = false
  await insert('key_3')
  expect(await committed()).toEqual(['key_3'])
})

test('a disk that is full undoes what shares the commit, and the next goes on', async () => {
  await insert('key_0')
  const [pages] = await database.client.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count')
  await database.client.$queryRawUnsafe(`PRAGMA max_page_count = ${pages?.page_count}`)
  const large = 'x'.repeat(200_000)
  const all = [insert('key_1'), insert('key_2', large), insert('key_3')].map(kindOf)
  expect((await Promise.all(all)).slice(0, 2)).toEqual(['full', 'full'])
  expect(await committed()).not.toContain('key_1')
  await database.client.$queryRawUnsafe('PRAGMA max_page_count = 1000000')
  await insert('key_4', large)
  expect(await committed()).toContain('key_4')
})

test('of a transaction that was undone nobody later does anything', async () => {
  const first = insert('key_1')
  const second = write(async (_, sql) => {
    await sql.run(INSERT, ['key_2', ''])
    // As SQLite does by itself when it has no choice.
    await sql.run('ROLLBACK', [])
  })
  const third = insert('key_3')
  expect([await kindOf(first), await kindOf(second)]).not.toContain('done')
  expect(await kindOf(third)).toBe('done')
  expect(await committed()).toEqual(['key_3'])
})

test('while another process writes, all who wait are refused together, not one after the other', async () => {
  vi.mocked(performance.now).mockRestore()
  const held = await other.transaction()
  const kinds = await Promise.all(['key_1', 'key_2', 'key_3'].map((id) => kindOf(insert(id))))
  expect(kinds).toEqual(['held', 'held', 'held'])
  await held.rollback()
  await insert('key_4')
  expect(await committed()).toEqual(['key_4'])
})

test('what one has written is not taken for what another has', async () => {
  const touched: boolean[] = []
  const one = write(async (_, sql) => {
    await sql.run(INSERT, ['key_1', ''])
    touched.push(sql.written.has('INSERT ApiKey'))
  })
  const two = write(async (_, sql) => {
    await sql.rows('SELECT 1', [])
    touched.push(sql.written.has('INSERT ApiKey'))
  })
  await Promise.all([one, two])
  expect([touched, marks]).toEqual([
    [true, false],
    ['BEGIN', 'COMMIT'],
  ])
})
