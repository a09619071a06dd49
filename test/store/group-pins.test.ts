import { afterEach, beforeEach, expect, test } from 'vitest'
import type { NewHost } from '../../src/store/hosts.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

const AT = new Date(0)
const SET = { reason: 'test', setAt: AT, setBy: 'key_1' }

let database: TestDatabase
let store: Store
beforeEach(async () => {
  database = await freshDatabase()
  store = await openStore(database.url)
  await store.hosts.insert(hostOf('a', 'web'))
  await store.hosts.insert(hostOf('b', 'db'))
  await post('a', 0)
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

function hostOf(id: string, group: string): NewHost {
  const words = { hostname: id, arch: 'arm64', hardwareModel: '', state: 'active', stateReason: '' }
  const rest = { labels: {}, credentialHash: '', bootedPlanId: null, pinGeneration: 0, createdAt: AT }
  return { id, machineId: id, group, ...words, ...rest }
}

const post = (hostId: string, n: number) =>
  store.snapshots.insert({
    id: `s${hostId}${n}`,
    hostId,
    bootId: 'boot',
    memoryDigest: String(n),
    createdAt: AT,
    files: new Uint8Array(),
    basisId: null,
    findings: '[]',
    summary: '{}',
    landing: null,
    bootedPlanId: null,
    fingerprint: '',
    ground: '',
  })
const policy = (scope: string) => store.policies.set({ scope, rules: '{}', ...SET })
const pin = (group: string) =>
  store.groupPins.set({ group, purpose: 'reboot', kind: 'kernel', mem: '0x1000', room: 2 ** 52, ...SET })
const calibrate = (group: string) =>
  store.calibrations.set({ group, arch: 'arm64', release: '6.12', rules: 'arm64/6.12', facts: '{}', ...SET })

test.each<[why: string, change: () => Promise<unknown>, matters: boolean]>([
  ['nothing', () => Promise.resolve(), false],
  ['a pin of the group', () => pin('web'), true],
  ['a pin of another', () => pin('db'), false],
  ['a host that comes', () => store.hosts.insert(hostOf('c', 'web')), true],
  ['a host that goes', () => store.hosts.update('a', { group: 'db' }), true],
  ['a host that is quarantined', () => store.hosts.update('a', { state: 'quarantined' }), true],
  ["a host's pins", () => store.hosts.update('a', { pinGeneration: 1 }), true],
  ['the same of another host', () => store.hosts.update('b', { pinGeneration: 1 }), false],
  ['a snapshot', () => post('a', 1), true],
  ['a snapshot of another host', () => post('b', 1), false],
  ['the policy of the fleet', () => policy('fleet'), true],
  ['the policy of the group', () => policy('group:web'), true],
  ['the policy of another', () => policy('group:db'), false],
  ['the policy of a host', () => policy('host:a'), true],
  ['a calibration', () => calibrate('web'), true],
  ['a calibration of another', () => calibrate('db'), false],
])('what a place in common hangs on: %s', async (_why, change, matters) => {
  const before = await store.groupPins.basisOf('web')
  await change()
  expect((await store.groupPins.basisOf('web')) !== before).toBe(matters)
})
