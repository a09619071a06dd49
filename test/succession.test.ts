import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { startServer, type Running } from '../src/server.ts'
import { openStore } from '../src/store/open-store.ts'
import { backUp } from '../src/store/sqlite/backup.ts'
import { libsqlClient } from '../src/store/sqlite/libsql-client.ts'
import { auditOf } from './store/audit-of.ts'
import { freshFile } from './store/transfer/told.ts'
import { migrationNames, oldSqlite } from './store/upgrade/old-database.ts'

const AT = new Date('2030-01-01T00:00:00.000Z')
const PARTS = ['', '-wal', '-shm']

let database: ReturnType<typeof freshFile>
let file: string
let running: Running
let key: string
beforeEach(async () => {
  database = freshFile()
  file = database.url.slice('file:'.length)
  const quiet = { BERTH_PORT: '0', BERTH_LOG_LEVEL: 'silent', BERTH_MAX_EVENT_LOOP_DELAY_MS: '0' }
  running = await startServer(readConfig({ BERTH_DATABASE_URL: database.url, ...quiet }))
  key = running.firstKey ?? ''
})
afterEach(async () => {
  await running.close()
  await database.drop()
})

const call = (path: string, method = 'GET', body?: object) =>
  fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', connection: 'close' },
    ...(body && { body: JSON.stringify(body) }),
  })
const status = async (path: string) => (await call(path)).status
const makeKey = async (name: string) => (await call('/v1/keys', 'POST', { role: 'viewer', name })).status
const names = async () => {
  const { items } = (await (await call('/v1/keys')).json()) as { items: { name: string }[] }
  return items.map(({ name }) => name)
}
/** Twice, for what is being copied is not touched. */
const looked = async () => {
  await running.look()
  await running.look()
  await running.look()
}
const backup = () => backUp(file, `${file}.copy`, { at: AT, release: '0.1.0' })

/** Takes the database away; with its log, unless somebody forgets that. */
function away(parts = PARTS): void {
  for (const part of parts) if (existsSync(file + part)) renameSync(file + part, `${file}.away${part}`)
}
const putBack = (from: string) => renameSync(from, file)

test('a backup in the place of the database: the service goes on with it, and everything is of that one', async () => {
  expect(await makeKey('before')).toBe(201)
  await backup()
  expect(await makeKey('after')).toBe(201)
  expect(await names()).toEqual(['first', 'before', 'after'])
  away()
  putBack(`${file}.copy`)
  expect([await status('/v1/keys'), await status('/readyz')]).toEqual([503, 503])
  await looked()
  expect([await status('/readyz'), await names()]).toEqual([200, ['first', 'before']])
  expect(await makeKey('later')).toBe(201)
  await running.close()
  const store = await openStore(database.url)
  const kept = (await store.keys.list({ after: null, limit: 9 })).map(({ name }) => name)
  expect(kept).toEqual(['first', 'before', 'later'])
  expect((await auditOf(store)).faults).toEqual([])
  await store.close()
})

test('while the database is away it is read, and nothing is acknowledged; put back, all is as it was', async () => {
  away()
  expect([await status('/v1/keys'), await makeKey('lost'), await status('/readyz')]).toEqual([200, 503, 503])
  await looked()
  expect(await status('/readyz')).toBe(503)
  for (const part of PARTS)
    if (existsSync(`${file}.away${part}`)) renameSync(`${file}.away${part}`, file + part)
  await looked()
  expect([await makeKey('kept'), await names()]).toEqual([201, ['first', 'kept']])
})

test('it goes on by itself, also a second time', async () => {
  for (const round of ['one', 'two']) {
    await backup()
    away()
    putBack(`${file}.copy`)
    while ((await fetch(`${running.url}/readyz`).catch(() => null))?.status !== 200)
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await makeKey(round)).toBe(201)
  }
  expect(await names()).toEqual(['first', 'one', 'two'])
})

test.each<[why: string, put: () => Promise<void> | void]>([
  ['something else', () => writeFileSync(file, 'no database'.repeat(999))],
  ['nothing, with that name', () => writeFileSync(file, '')],
  ['half a database', async () => writeFileSync(file, (await bytesOfCopy()).subarray(0, 8192))],
  [
    'a database that was never in use',
    async () => {
      const empty = freshFile()
      await (await openStore(empty.url)).close()
      await backUp(empty.url.slice('file:'.length), file, { at: AT, release: '0.1.0' })
      await empty.drop()
    },
  ],
  [
    'one of a newer release',
    async () => {
      const copy = libsqlClient(`${file}.copy`)
      await copy.execute(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name") VALUES ('x', '', 0, '29990101000000_x')`,
      )
      copy.close()
      putBack(`${file}.copy`)
    },
  ],
])('%s is not opened, and answers stay 503 until a sound one is there', async (_why, put) => {
  await backup()
  renameSync(`${file}.copy`, `${file}.sound`)
  await backup()
  away()
  await put()
  const before = await bytes(file)
  await looked()
  expect([await status('/v1/keys'), await status('/livez')]).toEqual([503, 200])
  expect(await bytes(file)).toEqual(before)
  renameSync(`${file}.sound`, file)
  await looked()
  expect([await status('/readyz'), await names()]).toEqual([200, ['first']])
})

test('beside the log of the old one it is not opened: SQLite would write that into it', async () => {
  await backup()
  expect(await makeKey('in the log')).toBe(201)
  away([''])
  putBack(`${file}.copy`)
  await looked()
  expect(await status('/readyz')).toBe(503)
  for (const part of ['-wal', '-shm']) {
    expect([part, await status('/readyz')]).toEqual([part, 503])
    renameSync(file + part, `${file}.away${part}`)
    await looked()
  }
  expect([await status('/readyz'), await names()]).toEqual([200, ['first']])
  // With its log, nothing of the old one is lost.
  const old = libsqlClient(`${file}.away`)
  const { rows } = await old.execute('SELECT "name" FROM "ApiKey" ORDER BY "id"')
  expect(rows.flat()).toEqual(['first', 'in the log'])
  old.close()
})

test('one of an older release is brought up to date, as by a start', async () => {
  const all = migrationNames('sqlite')
  const [newest = ''] = all.slice(-2)
  const old = await oldSqlite(all.slice(0, -1), newest)
  await backUp(old.url.slice('file:'.length), `${file}.copy`, { at: AT, release: '0.0.9' })
  await old.drop()
  away()
  putBack(`${file}.copy`)
  await looked()
  expect([await status('/readyz'), await status('/v1/keys')]).toEqual([200, 401])
})

async function bytes(path: string): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises')
  return readFile(path)
}
const bytesOfCopy = () => bytes(`${file}.copy`)
