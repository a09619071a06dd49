import { readdirSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { SqliteAdapter } from '../../src/store/sqlite/adapter.ts'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { migrateSqlite as migrate } from '../../src/store/sqlite/migrate.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'berth-migrate-'))
})
afterEach(() => rm(dir, { recursive: true }))

const url = () => `file:${path.join(dir, 'berth.db')}`

/** Every folder there is, in the order of their names. */
const ALL = readdirSync(new URL('../../prisma/sqlite/migrations/', import.meta.url))
  .filter((name) => /^\d/.test(name))
  .sort()

test('a new file gets every migration, a second start none', async () => {
  expect(await migrate(url())).toEqual(ALL)
  expect(await migrate(url())).toEqual([])
})

test('of two starts at once one migrates and both work', async () => {
  const applied = await Promise.all([migrate(url()), migrate(url()), migrate(url())])
  expect(applied.flat()).toEqual(ALL)
})

test('the audit cannot be changed or dropped, not even by SQL', async () => {
  const store = await openStore(url())
  const entry = {
    id: 'aud_1',
    at: new Date(0),
    actor: 'a',
    action: 'b',
    target: 'c',
    detail: {},
    requestId: 'r',
  }
  const kept = await store.write((rows) => rows.audit.append(entry))
  await expect(store.write((rows) => rows.audit.append(entry))).rejects.toThrow()
  expect(await store.audit.list({ after: null, limit: 5 }, {})).toEqual([kept])
  const { PrismaClient } = await import('../../src/store/generated/sqlite/client.ts')
  const prisma = new PrismaClient({ adapter: new SqliteAdapter(url()) })
  await expect(prisma.auditEntry.updateMany({ data: { actor: 'x' } })).rejects.toThrow()
  await expect(prisma.auditEntry.updateMany({ data: { seq: null } })).rejects.toThrow()
  await expect(prisma.auditEntry.deleteMany()).rejects.toThrow()
  const unchained = { ...kept, id: 'aud_2', seq: null, prevHash: null, hash: null }
  await expect(prisma.auditEntry.create({ data: unchained })).rejects.toThrow()
  expect(await prisma.auditEntry.findMany()).toEqual([kept])
  await prisma.$disconnect()
  await store.close()
})

test('a write that throws leaves nothing', async () => {
  const store = await openStore(url())
  const failed = store.write(async (rows) => {
    await rows.keys.insert({
      id: 'key_1',
      role: 'viewer',
      name: '',
      secretHash: '',
      createdAt: new Date(0),
      createdBy: 'a',
      expiresAt: null,
    })
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  expect(await store.keys.none()).toBe(true)
  await store.close()
})

test('a policy of before is the first version that is known, and what waits for its agent gets a serial', async () => {
  const own = '20260603000000_policy_versions_serials'
  const source = fileURLToPath(new URL('../../prisma/sqlite/migrations/', import.meta.url))
  const before = path.join(dir, 'before')
  for (const name of ALL.filter((n) => n < own)) {
    await cp(path.join(source, name), path.join(before, name), { recursive: true })
  }
  await migrate(url(), pathToFileURL(`${before}/`))
  const client = libsqlClient(path.join(dir, 'berth.db'))
  await client.executeMultiple(`
    INSERT INTO Policy VALUES ('fleet', '{}', 3, 'why', 0, 'key_1');
    INSERT INTO Host (id, machineId, hostname, arch, hardwareModel, labels, state, stateReason, credentialHash, createdAt)
      VALUES ('host_1', 'm', 'h', 'x86_64', '', '{}', 'active', '', '', 0);
    INSERT INTO BootEntry (id, title, version, architecture, linuxSha256, linuxSize, linuxHeader, options, createdAt)
      VALUES ('boot_1', '', '', 'x86_64', '', 1, x'', '', 0);
    INSERT INTO Plan (id, hostId, snapshotId, bootEntryId, purpose, strategy, digest, body, createdAt)
      VALUES ('plan_1', 'host_1', 's', 'boot_1', 'reboot', 'pinned', '', '{}', 0);
    INSERT INTO PlanState (planId, hostId, state, since, detail) VALUES ('plan_1', 'host_1', 'assigned', 0, '');
  `)
  client.close()
  await migrate(url())
  const store = await openStore(url())
  expect(await store.policies.versions('fleet', { after: null, limit: 5 })).toMatchObject([
    { id: 'fleet@0000000003', generation: 3, rules: '{}', reason: 'why' },
  ])
  const [state] = await store.planStates.of('host_1', ['assigned'])
  expect([state?.serial, await store.hosts.nextSerial('host_1', 1)]).toEqual([1, 2])
  const set = await store.write((rows) =>
    rows.policies.set({ scope: 'fleet', rules: '{}', reason: 'next', setAt: new Date(1), setBy: 'key_1' }),
  )
  expect(set.generation).toBe(4)
  await store.close()
})
