import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runProgram } from '../../src/cli/program.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { backUp, verifyBackup } from '../../src/store/sqlite/backup.ts'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { restore } from '../../src/store/sqlite/restore.ts'
import { recordedIo } from '../cli/recorded-io.ts'
import { released } from './released.ts'
import { contentsOf } from './upgrade/contents.ts'

let dir: string
let file: string
let copy: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'berth-backup-'))
  file = join(dir, 'berth.db')
  copy = join(dir, 'copy.db')
})
afterEach(() => rmSync(dir, { recursive: true }))

const AT = new Date('2030-01-01T00:00:00.000Z')
const taken = { at: AT, release: '0.1.0' }
const url = () => `file:${file}`
const key = (id: string, name = '') => {
  const made = { createdAt: new Date(0), createdBy: 'a', expiresAt: null }
  return { id, role: 'viewer', name, secretHash: '', ...made }
}

/** A host, what it refers to, and the entry of the audit that tells of it: one transaction each. */
const change = (store: Store, n: string) =>
  store.write(async (rows) => {
    await rows.hosts.insert({
      ...{ id: `host_${n}`, machineId: n, hostname: n, arch: 'x86_64', hardwareModel: '', group: null },
      ...{ labels: {}, state: 'active', stateReason: '', credentialHash: '', bootedPlanId: null },
      ...{ pinGeneration: 0, createdAt: AT },
    })
    const event = { id: `ev_${n}`, hostId: `host_${n}`, at: AT, kind: 'k', detail: '' }
    await rows.timeline.append({ ...event, plan: null, snapshot: null })
    await rows.keys.insert(key(`key_${n}`))
  })

async function filled(...names: readonly string[]): Promise<void> {
  const store = await openStore(url())
  for (const name of names) await change(store, name)
  await store.close()
}

const idsIn = async (path: string) =>
  ((await contentsOf(`file:${path}`)).get('Host') ?? []).map(({ id }) => id).sort()

test('a backup while four write has all that was acknowledged before, whole, and nobody waits for it', async () => {
  const store = await openStore(url())
  for (let i = 0; i < 5; i++) await change(store, `before${i}`)
  let isOver = false
  let after = 0
  const writer = async (name: string) => {
    for (let n = 0; !isOver; n++) {
      await change(store, `${name}-${n}`)
      after++
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const writers = Promise.all(['a', 'b', 'c', 'd'].map(writer))
  const { manifest } = await backUp(file, copy, taken)
  const during = after
  isOver = true
  await writers
  await store.close()
  expect(during).toBeGreaterThan(0)
  const rows = await contentsOf(`file:${copy}`)
  const hosts = (rows.get('Host') ?? []).map(({ id }) => id)
  expect(hosts).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((i) => `host_before${i}`)))
  // Each transaction as a whole, with what triggers have made of it.
  for (const table of ['TimelineEvent', 'Event', 'ApiKey'])
    expect([table, rows.get(table)?.length]).toEqual([table, hosts.length])
  expect(manifest.tables['Host']?.rows).toBe(hosts.length)
  expect((await verifyBackup(copy)).findings).toEqual([])
})

test('a copy says what it is, is nobody else’s to read, and leaves nothing beside it', async () => {
  await filled('1')
  const { manifest, sha256 } = await backUp(file, copy, taken)
  expect(manifest).toMatchObject({ format: 1, at: AT.toISOString(), release: '0.1.0' })
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  expect(sha256).toMatch(/^[0-9a-f]{64}$/)
  expect(readdirSync(dir).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
})

test('no backup takes the place of another, and none is made of nothing', async () => {
  await filled('1')
  await backUp(file, copy, taken)
  const before = readFileSync(copy)
  await expect(backUp(file, copy, taken)).rejects.toThrow('is there already')
  expect(readFileSync(copy).equals(before)).toBe(true)
  await expect(backUp(join(dir, 'none.db'), join(dir, 'x.db'), taken)).rejects.toThrow('there is no database')
  expect(existsSync(join(dir, 'none.db'))).toBe(false)
})

/** Turns one bit of a value, where SQLite's own check finds nothing. */
function turned(path: string, text: string): void {
  const bytes = readFileSync(path)
  const at = bytes.indexOf(text)
  if (at < 0) throw new Error(`${text} is not there`)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
}

test.each<[why: string, spoil: () => unknown, says: RegExp]>([
  ['a bit that has turned in a row', () => turned(copy, 'hostname-of-1'), /rows of Host are not those/],
  [
    'half a file',
    () => writeFileSync(copy, readFileSync(copy).subarray(0, 8192)),
    /malformed|damaged|database/,
  ],
  ['a row that somebody took out', () => said(copy, `DELETE FROM "ApiKey"`), /ApiKey has 0 rows, and had 1/],
  [
    'a newer release',
    () =>
      said(
        copy,
        `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name") VALUES ('x', '', 0, '29990101000000_x')`,
        `DROP TABLE "BerthBackup"`,
      ),
    /newer release/,
  ],
  ['something else', () => writeFileSync(copy, 'no database'.repeat(999)), /not a database/],
])('%s is not restored, and nothing is changed', async (_why, spoil, says) => {
  const store = await openStore(url())
  await change(store, '1')
  await store.hosts.update('host_1', { hardwareModel: 'hostname-of-1' })
  await store.close()
  await backUp(file, copy, taken)
  await spoil()
  const before = readFileSync(file)
  await expect(restore(copy, file, { force: true, at: AT })).rejects.toThrow(says)
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(readdirSync(dir).filter((name) => /partial|restore/.test(name))).toEqual([])
})

async function said(path: string, ...statements: readonly string[]): Promise<void> {
  const client = libsqlClient(path)
  for (const sql of statements) await client.execute(sql)
  client.close()
}

test('after damage the backup takes its place, what was there is kept, and the service starts on it', async () => {
  await filled('1', '2')
  await backUp(file, copy, taken)
  await filled('3')
  await released()
  await said(file, 'PRAGMA wal_checkpoint(TRUNCATE)')
  await released()
  writeFileSync(file, readFileSync(file).fill(0, 4096))
  await expect(openStore(url())).rejects.toThrow(/damaged/)
  await released()
  await expect(restore(copy, file, { force: false, at: AT })).rejects.toThrow('--force')
  const { aside } = await restore(copy, file, { force: true, at: AT })
  expect(aside).toBe(`${file}.before-restore-2030-01-01T00-00-00-000Z`)
  expect(existsSync(aside ?? '')).toBe(true)
  const store = await openStore(url())
  expect(await store.hosts.get('host_2')).not.toBeNull()
  await change(store, '4')
  await store.close()
  expect(await idsIn(file)).toEqual(['host_1', 'host_2', 'host_4'])
  expect([...(await contentsOf(url())).keys()]).not.toContain('BerthBackup')
})

test('what was there is whole where it went, with what was still in its log', async () => {
  await filled('1')
  await backUp(file, copy, taken)
  await filled('2')
  await released()
  const { aside } = await restore(copy, file, { force: true, at: AT })
  expect(await idsIn(aside ?? '')).toEqual(['host_1', 'host_2'])
  expect(await idsIn(file)).toEqual(['host_1'])
})

test('of a copy that somebody has made a database of by hand, a backup is made as of any other', async () => {
  await filled('1')
  await backUp(file, copy, taken)
  const again = join(dir, 'again.db')
  await backUp(copy, again, { ...taken, release: '0.2.0' })
  const { findings, manifest } = await verifyBackup(again)
  expect([findings, manifest?.release]).toEqual([[], '0.2.0'])
})

test('a database that somebody has open is not taken away', async () => {
  await filled('1')
  await backUp(file, copy, taken)
  const store = await openStore(url())
  await expect(restore(copy, file, { force: true, at: AT })).rejects.toThrow('stop the service first')
  await change(store, '2')
  await store.close()
  expect(await idsIn(file)).toEqual(['host_1', 'host_2'])
})

test('the commands: backup, verify, restore, and the file of the signing key that none of them has', async () => {
  await filled('1')
  const berth = async (...argv: readonly string[]) => {
    const io = recordedIo()
    const before = process.env['BERTH_DATABASE_URL']
    process.env['BERTH_DATABASE_URL'] = url()
    const code = await runProgram(argv, io)
    if (before === undefined) delete process.env['BERTH_DATABASE_URL']
    else process.env['BERTH_DATABASE_URL'] = before
    return [code, io.stdout(), io.stderr()] as const
  }
  const [made, out, err] = await berth('backup', copy)
  expect([made, out, err]).toEqual([
    0,
    expect.stringMatching(/rows of \d+ tables.*\nsha256 [0-9a-f]{64}\n$/),
    expect.stringContaining('signing key is not in it'),
  ])
  expect(await berth('backup', 'verify', copy)).toEqual([0, expect.stringContaining('sound'), ''])
  expect((await berth('restore', copy))[0]).toBe(1)
  await released()
  expect((await berth('restore', '--force', copy))[0]).toBe(0)
})
