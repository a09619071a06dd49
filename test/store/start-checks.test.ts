import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'berth-start-'))
  file = join(dir, 'berth.db')
})
afterEach(() => rmSync(dir, { recursive: true }))

const open = () => openSqlite(`file:${file}`)

/** A database that was in use: some pages of rows, and nothing that waits in a log. */
async function used(): Promise<void> {
  const database = await open()
  for (let i = 0; i < 60; i++) {
    const name = randomBytes(500).toString('hex')
    const made = { createdAt: new Date(0), createdBy: 'a', expiresAt: null }
    await database.client.apiKey.create({
      data: { id: `key_${i}`, role: 'viewer', name, secretHash: '', ...made },
    })
  }
  await database.close()
  await said('PRAGMA wal_checkpoint(TRUNCATE)')
}

async function said(...statements: readonly string[]): Promise<void> {
  const client = libsqlClient(file)
  for (const sql of statements) await client.execute(sql)
  client.close()
}

const overwrite = (from: number, bytes: Buffer) => {
  const all = readFileSync(file)
  bytes.copy(all, from)
  writeFileSync(file, all)
}
const PAGE = 4096

test.each<[why: string, spoil: () => unknown, says: RegExp]>([
  [
    'something else under that name',
    () => writeFileSync(file, 'no database at all, but text. '.repeat(9)),
    /is damaged/,
  ],
  [
    'half of it',
    () => truncateSync(file, Math.floor(readFileSync(file).length / PAGE / 2) * PAGE),
    /is damaged/,
  ],
  ['a page of noise', () => overwrite(readFileSync(file).length - 3 * PAGE, randomBytes(PAGE)), /is damaged/],
  ['no schema', () => overwrite(100, Buffer.alloc(PAGE - 100)), /is damaged/],
  [
    'a row without the one that it refers to',
    () =>
      said(
        'PRAGMA foreign_keys = OFF',
        `INSERT INTO "Pin" ("hostId", "purpose", "kind", "mem", "room", "reason", "setAt", "setBy")
          VALUES ('nobody', '', '', '', 0, '', 0, '')`,
      ),
    /is damaged \(a row of Pin refers to one of Host/,
  ],
  [
    'a newer release',
    () =>
      said(
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name") VALUES ('x', '', 0, '29990101000000_next')`,
      ),
    /newer release.*29990101000000_next.*nothing was changed/,
  ],
  [
    'a migration that failed',
    () => said(`UPDATE "_prisma_migrations" SET "finished_at" = NULL WHERE "migration_name" LIKE '%init'`),
    /init failed earlier.*restore/,
  ],
  [
    'a migration that is another one now',
    () => said(`UPDATE "_prisma_migrations" SET "checksum" = 'x' WHERE "migration_name" LIKE '%init'`),
    /init was changed.*nothing was changed/,
  ],
])('refuses %s, and leaves it as it is', async (_why, spoil, says) => {
  await used()
  await spoil()
  const before = readFileSync(file)
  await expect(open()).rejects.toThrow(says)
  await expect(open()).rejects.toThrow(/restore|nothing was changed/)
  expect(readFileSync(file).equals(before)).toBe(true)
})

test('says where the folder is missing', async () => {
  file = join(dir, 'nowhere', 'berth.db')
  await expect(open()).rejects.toThrow(/nowhere.berth\.db cannot be opened: its folder has to be there/)
})

test('the connection that writes keeps what it acknowledges when the power goes, and minds foreign keys', async () => {
  const database = await open()
  const ask = async (name: string) => {
    const [row = {}] = await database.client.$queryRawUnsafe<Record<string, unknown>[]>(`PRAGMA ${name}`)
    return Object.values(row).map(String)
  }
  expect([await ask('journal_mode'), await ask('synchronous'), await ask('foreign_keys')]).toEqual([
    ['wal'],
    ['2'],
    ['1'],
  ])
  await database.close()
})

test('a setting that is not in force is told, and nothing is opened', () => {
  expect(() => libsqlClient(file, { journal_mode: 'nonsense' })).toThrow(
    /journal_mode is delete although nonsense was asked for/,
  )
})
