import { renameSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import type { Db } from '../../src/store/db.ts'
import { outageOf } from '../../src/store/outage.ts'
import { libsqlClient, type LibsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'

let dir: string
let file: string
let database: Database
const others: LibsqlClient[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'berth-outages-'))
  file = join(dir, 'berth.db')
  database = await openSqlite(`file:${file}`)
})
afterEach(async () => {
  for (const other of others.splice(0)) other.close()
  await database.close()
  await rm(dir, { recursive: true })
})

const key = (id: string, name = '') => {
  const made = { createdAt: new Date(0), createdBy: 'a', expiresAt: null }
  return { id, role: 'viewer', name, secretHash: '', ...made }
}
const insert = (id: string, name = '') => database.client.apiKey.create({ data: key(id, name) })
const write = (work: (db: Db) => Promise<unknown>) => database.transaction(work, () => [])
const kindOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'done',
    (error: unknown) => outageOf(error)?.kind ?? String(error),
  )

/** Another process, as far as SQLite knows. */
function other(): LibsqlClient {
  const client = libsqlClient(file)
  others.push(client)
  return client
}

/** What is committed: nobody else sees more. */
async function committed(): Promise<string[]> {
  const { rows } = await other().execute('SELECT "id" FROM "ApiKey" ORDER BY "id"')
  return rows.map(([id]) => String(id))
}

/** Leaves no room for another page. */
async function fill(): Promise<void> {
  const [row] = await database.client.$queryRawUnsafe<{ page_count: bigint }[]>('PRAGMA page_count')
  await database.client.$queryRawUnsafe(`PRAGMA max_page_count = ${row?.page_count}`)
}

test('who waited for another process in vain has not kept anybody from committing', async () => {
  const held = await other().transaction()
  expect(await kindOf(insert('key_alone'))).toBe('held')
  expect(await kindOf(write((tx) => tx.apiKey.create({ data: key('key_within') })))).toBe('held')
  await held.rollback()
  await insert('key_later')
  await write((tx) => tx.apiKey.create({ data: key('key_last') }))
  expect(await committed()).toEqual(['key_last', 'key_later'])
})

test('a database that is closed while somebody waits ends nothing but the waiting', async () => {
  const held = await other().transaction()
  const waiting = kindOf(insert('key_1'))
  await database.close()
  expect(await waiting).not.toBe('done')
  await held.rollback()
})

test('others read while somebody waits for another process', async () => {
  await insert('key_1')
  const held = await other().transaction()
  const order: string[] = []
  const waiting = kindOf(insert('key_2')).then((kind) => order.push(kind))
  await database.client.apiKey.findMany().then((rows) => order.push(`${rows.length} read`))
  await held.rollback()
  await waiting
  expect(order).toEqual(['1 read', 'done'])
})

test('a full disk undoes a transaction as a whole, and whoever needs no more room goes on', async () => {
  await insert('key_before')
  await fill()
  const large = 'x'.repeat(200_000)
  expect(await kindOf(insert('key_alone', large))).toBe('full')
  const twice = write(async (tx) => {
    await tx.apiKey.create({ data: key('key_small') })
    await tx.apiKey.create({ data: key('key_large', large) })
  })
  expect(await kindOf(twice)).toBe('full')
  expect(await committed()).toEqual(['key_before'])
  await database.client.$queryRawUnsafe('PRAGMA max_page_count = 1000000')
  await insert('key_after', large)
  expect(await committed()).toEqual(['key_after', 'key_before'])
})

test('what SQLite has undone by itself nobody goes on with, even who kept quiet about it', async () => {
  await other().execute(
    `CREATE TRIGGER "undoes" BEFORE INSERT ON "ApiKey" WHEN NEW."id" = 'key_bad' BEGIN SELECT RAISE(ROLLBACK, 'undone'); END`,
  )
  const quiet = write(async (tx) => {
    await tx.apiKey.create({ data: key('key_first') })
    await tx.apiKey.create({ data: key('key_bad') }).catch(() => {})
    await tx.apiKey.create({ data: key('key_beside') }).catch(() => {})
  })
  await expect(quiet).rejects.toThrow()
  expect(await committed()).toEqual([])
  await insert('key_next')
  expect(await committed()).toEqual(['key_next'])
})

test('a commit that fails leaves no transaction open', async () => {
  const dangling = write(async (tx) => {
    await tx.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON')
    await tx.$executeRawUnsafe(
      `INSERT INTO "Pin" ("hostId", "purpose", "kind", "mem", "room", "reason", "setAt", "setBy") VALUES ('nobody', '', '', '', 0, '', 0, '')`,
    )
  })
  await expect(dangling).rejects.toThrow()
  await insert('key_next')
  expect(await committed()).toEqual(['key_next'])
})

test('a file that is gone takes no writes, is read on, and goes on when it is back', async () => {
  await insert('key_before')
  const away = join(dir, 'away.db')
  renameSync(file, away)
  expect(await kindOf(insert('key_lost'))).toBe('gone')
  expect(await kindOf(write((tx) => tx.apiKey.create({ data: key('key_lost') })))).toBe('gone')
  expect(() => database.look()).toThrow('gone')
  expect(await database.client.apiKey.count()).toBe(1)
  renameSync(away, file)
  await insert('key_after')
  expect(() => database.look()).not.toThrow()
  expect(await committed()).toEqual(['key_after', 'key_before'])
})

test('what was committed into a file that went away meanwhile is not acknowledged', async () => {
  const away = join(dir, 'away.db')
  const unlucky = write(async (tx) => {
    await tx.apiKey.create({ data: key('key_unlucky') })
    renameSync(file, away)
  })
  await expect(unlucky).rejects.toMatchObject({ outage: { kind: 'gone' } })
  await expect(unlucky).rejects.toThrow('not known')
  renameSync(away, file)
})

test('another file in its place is neither read nor written, until it is the old one again', async () => {
  await insert('key_before')
  const foreign = libsqlClient(join(dir, 'foreign.db'))
  await foreign.execute('CREATE TABLE "ApiKey" ("id" TEXT)')
  foreign.close()
  renameSync(file, join(dir, 'old.db'))
  renameSync(join(dir, 'foreign.db'), file)
  expect(await kindOf(database.client.apiKey.findMany())).toBe('replaced')
  expect(await kindOf(insert('key_lost'))).toBe('replaced')
  renameSync(file, join(dir, 'foreign.db'))
  renameSync(join(dir, 'old.db'), file)
  await insert('key_after')
  expect(await committed()).toEqual(['key_after', 'key_before'])
})
