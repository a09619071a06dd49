import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewHost } from '../../src/store/hosts.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

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

const HOST: NewHost = {
  id: 'host_1',
  machineId: 'm',
  hostname: 'h',
  arch: 'arm64',
  hardwareModel: '',
  group: null,
  labels: { rack: '1' },
  state: 'active',
  stateReason: '',
  credentialHash: '',
  bootedPlanId: null,
  pinGeneration: 0,
  createdAt: new Date(0),
}

test('writers that read first follow one another: none is lost', async () => {
  await store.hosts.insert(HOST)
  const step = () =>
    store.write(async (rows) => {
      const host = await rows.hosts.get('host_1')
      await rows.hosts.update('host_1', { pinGeneration: (host?.pinGeneration ?? 0) + 1 })
    })
  await Promise.all(Array.from({ length: 20 }, step))
  expect((await store.hosts.get('host_1'))?.pinGeneration).toBe(20)
})

test('of writers that came together some fail: the others have written, and each is told what became of his own', async () => {
  await store.hosts.insert(HOST)
  const named = (n: number) => ({ ...HOST, id: `host_n${n}`, machineId: `n${n}`, createdAt: new Date(n) })
  const writer = (n: number) =>
    store.write(async (rows) => {
      const before = (await rows.hosts.get('host_1'))?.pinGeneration ?? 0
      await rows.hosts.update('host_1', { pinGeneration: before + 1 })
      await rows.hosts.insert(named(n % 5 === 3 ? n - 1 : n))
      if (n % 5 === 4) throw new Error(`not ${n}`)
      return before
    })
  const ends = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => writer(n)))
  const wrote = ends.map((end) => (end.status === 'fulfilled' ? end.value : end.status))
  // Each fifth has the id of the one before it, and each fifth throws.
  const rejected = 'rejected'
  expect(wrote).toEqual([0, 1, 2, 3].flatMap((of) => [3 * of, 3 * of + 1, 3 * of + 2, rejected, rejected]))
  expect((await store.hosts.get('host_1'))?.pinGeneration).toBe(12)
  const there = await Promise.all(ends.map((_, n) => store.hosts.get(`host_n${n}`)))
  expect(there.map((host) => host !== null)).toEqual(ends.map(({ status }) => status === 'fulfilled'))
})

test('sizes beyond 32 bits come back as they went', async () => {
  await store.hosts.insert(HOST)
  const pin = {
    hostId: 'host_1',
    purpose: 'reboot',
    kind: 'initrd',
    mem: '0x1000',
    reason: '',
    setBy: '',
    loose: false,
  }
  const room = Number.MAX_SAFE_INTEGER
  await store.pins.set({ ...pin, room, setAt: new Date(0) })
  expect((await store.pins.of('host_1'))[0]?.room).toBe(room)
})

test('a host that is removed takes along what hangs on it, but not the audit', async () => {
  await store.hosts.insert(HOST)
  const event = {
    id: 'ev_1',
    hostId: 'host_1',
    at: new Date(0),
    kind: 'k',
    detail: '',
    plan: null,
    snapshot: null,
  }
  await store.timeline.append(event)
  const entry = {
    id: 'aud_1',
    at: new Date(0),
    actor: 'a',
    action: 'b',
    target: 'host_1',
    detail: {},
    requestId: '',
  }
  const kept = await store.audit.append(entry)
  await store.hosts.remove('host_1')
  expect(await store.timeline.list('host_1', { after: null, limit: 9 })).toEqual([])
  expect(await store.audit.list({ after: null, limit: 9 }, {})).toEqual([kept])
})
