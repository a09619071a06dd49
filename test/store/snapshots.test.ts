import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { range } from '../../src/planner/index.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'
import { groundText, readGround } from '../../src/store/snapshots.ts'

const DAY = 24 * 3600 * 1000

let database: TestDatabase
let store: Store
beforeEach(async () => {
  database = await freshDatabase()
  store = await openStore(database.url)
  await store.hosts.insert({
    id: 'h',
    machineId: 'm',
    hostname: 'h',
    arch: 'arm64',
    hardwareModel: '',
    group: null,
    labels: {},
    state: 'active',
    stateReason: '',
    credentialHash: '',
    bootedPlanId: null,
    pinGeneration: 0,
    createdAt: new Date(0),
  })
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

/** `boot/hardware@day`; its number is the first byte of its ground. */
async function fill(snapshots: readonly string[]) {
  for (const [i, text] of snapshots.entries()) {
    const [, boot = '', hardware = '', day = 0] = /^(\w+)\/(\w*)@(\d+)$/.exec(text) ?? []
    const ground = groundText({ strict: [range(i, i + 9)], volatile: [] })
    await store.snapshots.insert({
      id: `s${i}`,
      hostId: 'h',
      bootId: boot,
      memoryDigest: String(i),
      createdAt: new Date(Number(day) * DAY),
      files: new Uint8Array(),
      basisId: null,
      findings: '[]',
      summary: '{}',
      landing: null,
      bootedPlanId: null,
      fingerprint: hardware,
      ground: hardware === '' ? '' : ground,
    })
  }
}

test('ground comes back as it went, above 2^32 too', () => {
  const ground = { strict: [range(0, 1), range(2 ** 40, 2 ** 52)], volatile: [range(4096, 8191)] }
  expect(readGround(groundText(ground))).toEqual(ground)
})

describe('remembered boots', () => {
  test.each<[why: string, stored: string[], boots: number, want: number[]]>([
    ['newest first', ['a/x@0', 'b/x@0', 'c/x@0'], 9, [2, 1, 0]],
    ['no more than so many', ['a/x@0', 'b/x@0', 'c/x@0'], 2, [2, 1]],
    ['of each boot the last', ['a/x@0', 'a/x@0', 'b/x@0', 'a/x@0'], 9, [3, 2]],
    ['not the boot that is planned for', ['a/x@0', 'now/x@0'], 9, [0]],
    ['not those of other hardware', ['a/x@0', 'b/y@0'], 9, [0]],
    ['not those of before hardware was kept', ['a/@0', 'b/x@0'], 9, [1]],
    ['none', [], 9, []],
  ])('%s', async (_why, stored, boots, want) => {
    await fill(stored)
    const of = { hostId: 'h', bootId: 'now' }
    const grounds = await store.snapshots.remembered(of, { fingerprint: 'x', boots })
    expect(grounds.map((g) => g.strict[0]?.start)).toEqual(want)
  })
})

describe('old snapshots', () => {
  const plan = async (snapshotId: string) => {
    const entry = { linuxSha256: '', linuxSize: 1, linuxHeader: new Uint8Array(), initrdSha256: null }
    const given = { title: '', version: '', architecture: '', options: '', createdAt: new Date(0) }
    const tree = { devicetree: null, devicetreeSha256: null, initrdSize: null }
    await store.bootEntries.insert({ id: 'b', ...entry, ...given, ...tree })
    const of = {
      hostId: 'h',
      bootEntryId: 'b',
      purpose: 'reboot',
      strategy: 'pinned',
      digest: '',
      body: '{}',
    }
    await store.plans.insert({ id: 'p', ...of, snapshotId, createdAt: new Date(0) })
  }

  test.each<
    [why: string, stored: string[], keep: [count: number, day: number, boots: number], left: number[]]
  >([
    ['as many as are kept', ['a/x@5', 'b/x@5'], [2, 5, 1], [0, 1]],
    ['one more', ['a/x@5', 'b/x@5', 'c/x@5'], [2, 5, 1], [1, 2]],
    ['as old as may be', ['a/x@5', 'b/x@9'], [9, 5, 1], [0, 1]],
    ['older', ['a/x@4', 'b/x@9'], [9, 5, 1], [1]],
    ['the newest, however old', ['a/x@1'], [2, 9, 1], [0]],
    ['remembered boots, however old', ['a/x@1', 'b/x@1', 'c/x@1'], [9, 9, 2], [1, 2]],
    ['remembered boots beyond the count', ['a/x@5', 'b/x@5', 'b/x@5', 'b/x@5'], [2, 5, 2], [0, 2, 3]],
    ['of a remembered boot only the last', ['a/x@1', 'a/x@1', 'b/x@1'], [9, 9, 2], [1, 2]],
    [
      'as many of each hardware that the newest boots show',
      ['a/x@1', 'b/x@1', 'c/y@1', 'd/y@1', 'e/x@1'],
      [9, 9, 3],
      [0, 1, 2, 3, 4],
    ],
    ['and no more of each', ['a/x@1', 'b/x@1', 'c/y@1', 'd/y@1', 'e/x@1'], [9, 9, 2], [1, 2, 3, 4]],
    ['boots of other hardware count as well', ['a/x@1', 'b/y@1', 'c/y@1'], [9, 9, 2], [1, 2]],
  ])('%s', async (_why, stored, [count, day, boots], left) => {
    await fill(stored)
    const forgotten = await store.snapshots.forgetOld('h', { count, before: new Date(day * DAY), boots })
    const rows = await store.snapshots.list('h', { after: null, limit: 99 })
    expect(rows.map((row) => Number(row.id.slice(1)))).toEqual(left)
    expect(forgotten).toBe(stored.length - left.length)
  })

  test('one that a plan was made from stays', async () => {
    await fill(['a/x@1', 'b/x@1', 'c/x@1', 'd/x@1'])
    await plan('s1')
    const forgotten = await store.snapshots.forgetOld('h', { count: 2, before: new Date(9 * DAY), boots: 1 })
    const rows = await store.snapshots.list('h', { after: null, limit: 99 })
    expect([forgotten, rows.map((row) => row.id)]).toEqual([2, ['s1', 's3']])
  })
})
