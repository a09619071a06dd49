import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { openStore } from '../../src/store/open-store.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'berth-migrate-'))
})
afterEach(() => rm(dir, { recursive: true }))

const url = () => `file:${path.join(dir, 'berth.db')}`

const ALL = [
  '20260101000000_init',
  '20260201000000_calibrations_exceptions',
  '20260301000000_pins_policies',
  '20260401000000_rollouts',
  '20260501000000_fleetlock_credentials',
]

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
    detail: '{}',
    requestId: 'r',
  }
  await store.write((rows) => rows.audit.append(entry))
  await expect(store.write((rows) => rows.audit.append(entry))).rejects.toThrow()
  expect(await store.audit.list({ after: null, limit: 5 }, {})).toEqual([entry])
  const { PrismaClient } = await import('../../src/store/generated/sqlite/client.ts')
  const { SqliteAdapter } = await import('../../src/store/sqlite-adapter.ts')
  const prisma = new PrismaClient({ adapter: new SqliteAdapter(url()) })
  await expect(prisma.auditEntry.updateMany({ data: { actor: 'x' } })).rejects.toThrow()
  await expect(prisma.auditEntry.deleteMany()).rejects.toThrow()
  expect(await prisma.auditEntry.findMany()).toEqual([entry])
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
