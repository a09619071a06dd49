import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStore, type Rows, type Store } from '../../src/store/open-store.ts'
import type { PostingOf } from '../../src/store/postings.ts'
import { freshDatabase, type TestDatabase } from '../database.ts'

let database: TestDatabase
let store: Store
beforeEach(async () => {
  database = await freshDatabase()
  store = await openStore(database.url)
  for (const id of ['h', 'other']) {
    await store.hosts.insert({
      ...{
        id,
        machineId: `m-${id}`,
        hostname: 'h',
        arch: 'arm64',
        hardwareModel: '',
        group: 'g',
        labels: {},
      },
      ...{ state: 'active', stateReason: '', credentialHash: '', bootedPlanId: null, pinGeneration: 0 },
      createdAt: new Date(0),
    })
  }
  await store.bootEntries.insert({
    ...{ id: 'b', title: '', version: '', architecture: '', linuxSha256: '', linuxSize: 1, options: '' },
    ...{ linuxHeader: new Uint8Array(), initrdSha256: null, initrdSize: null, createdAt: new Date(0) },
    ...{ devicetree: null, devicetreeSha256: null },
  })
})
afterEach(async () => {
  await store.close()
  await database.drop()
})

const ASKED: PostingOf = {
  host: { id: 'h' },
  ...{ memoryDigest: 'memory', bootId: 'boot', planStates: ['loaded'], memberStates: ['missing', 'granted'] },
}

async function snapshot(id: string, of: { hostId?: string; memoryDigest?: string; day?: number } = {}) {
  const { hostId = 'h', memoryDigest = 'memory', day = 1 } = of
  await store.snapshots.insert({
    ...{ id, hostId, bootId: 'boot', memoryDigest, createdAt: new Date(day), files: new Uint8Array() },
    ...{ findings: '[]', summary: '{}', landing: null, bootedPlanId: null, basisId: null, ground: '' },
    fingerprint: 'x',
  })
}

async function plan(hostId: string, state: 'loaded' | 'landed') {
  await store.plans.insert({
    ...{
      id: 'p',
      hostId,
      snapshotId: 's',
      bootEntryId: 'b',
      purpose: '',
      strategy: '',
      digest: '',
      body: '{}',
    },
    createdAt: new Date(0),
  })
  await store.planStates.insert({ planId: 'p', hostId, state: 'planned', since: new Date(0), detail: '' })
  await store.planStates.change('p', { state, since: new Date(0), detail: '' })
}

async function rollout(phase: string, hostId: string, state: string) {
  await store.rollouts.insert({
    ...{ id: 'r', name: '', author: '', spec: '{}', bootEntryId: 'b', pool: '', phase, wave: 0, revision: 0 },
    ...{ phaseSince: new Date(0), waveSince: null, pauses: '[]', halt: null, acknowledgedAt: null },
    ...{ approvals: '[]', createdAt: new Date(0) },
  })
  await store.rolloutMembers.insert([
    {
      ...{ rolloutId: 'r', hostId, place: 0, wave: 0, domain: null, state, since: new Date(0), because: '' },
      ...{ outcome: null, acknowledged: false, failures: 0, heardAt: null, fence: null, bootId: null },
      ...{ planId: null, mode: 'kexec', fallback: null },
    },
  ])
}

async function policy(scope: string) {
  await store.policies.set({ scope, rules: '{}', reason: '', setAt: new Date(0), setBy: '' })
}

const NOTHING = { same: null, before: null, oldest: null, plans: false, rollouts: false, policy: false }

describe('what a post goes by', () => {
  test.each<[why: string, fill: () => Promise<unknown>, want: object]>([
    ['a host that was just enrolled', async () => {}, {}],
    ['the same memory in the same boot', () => snapshot('s'), { same: 's', before: 1, oldest: 1 }],
    ['other memory', () => snapshot('s', { memoryDigest: 'x' }), { before: 1, oldest: 1 }],
    [
      'the newest is compared with, and the oldest may go',
      async () => {
        await snapshot('s', { day: 3 })
        await snapshot('t', { memoryDigest: 'x', day: 2 })
      },
      { same: 's', before: 2, oldest: 2 },
    ],
    ["another host's snapshot", () => snapshot('s', { hostId: 'other' }), {}],
    ['a plan in a state that was asked for', () => plan('h', 'loaded'), { plans: true }],
    ['one in another state', () => plan('h', 'landed'), {}],
    ["another host's plan", () => plan('other', 'loaded'), {}],
    ['a host under way', () => rollout('started', 'h', 'missing'), { rollouts: true }],
    ['one that waits', () => rollout('started', 'h', 'waiting'), {}],
    ['a rollout that is over', () => rollout('done', 'h', 'missing'), {}],
    ['another host under way', () => rollout('started', 'other', 'missing'), {}],
    ['a policy of the fleet', () => policy('fleet'), { policy: true }],
    ['one of its group', () => policy('group:g'), { policy: true }],
    ['one of its own', () => policy('host:h'), { policy: true }],
    ["another host's", () => policy('host:other'), {}],
  ])('%s', async (_why, fill, want) => {
    await fill()
    const told = async (host: PostingOf['host']) => {
      const posting = await store.postings.of({ ...ASKED, host })
      if (!posting) return null
      const { same, before, oldest, hasPlans: plans, isUnderWay: rollouts, hasPolicy } = posting
      expect(posting.host).toEqual(await store.hosts.get('h'))
      const seen = { same: same?.id ?? null, before: before?.seenSeq ?? null, policy: hasPolicy }
      return { ...seen, oldest: oldest?.getTime() ?? null, plans, rollouts }
    }
    expect(await told({ id: 'h' })).toEqual({ ...NOTHING, ...want })
    expect(await told({ machineId: 'm-h' })).toEqual({ ...NOTHING, ...want })
    expect(await told({ id: 'nobody' })).toBeNull()
  })

  test('the end of the chain is where the next entry goes, also for the second of a transaction', async () => {
    const entry = { at: new Date(0), actor: 'a', action: 'b', target: 'h', detail: {}, requestId: '' }
    const post = (ids: readonly string[]) =>
      store.write(async (rows) => {
        for (const id of ids) {
          rows.audit.endsWith((await rows.postings.of(ASKED))?.end ?? { seq: 9, hash: '' })
          await rows.audit.append({ ...entry, id })
        }
      })
    await post(['a', 'b'])
    await post(['c'])
    const all = await store.audit.list({ after: null, limit: 9 }, {})
    expect(all.map(({ id, seq }) => [id, seq])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    expect(all.slice(1).map((one) => one.prevHash)).toEqual(all.slice(0, 2).map((one) => one.hash))
  })
})

describe('which writes may let a host go', () => {
  test.each<[why: string, write: (rows: Rows) => Promise<unknown>, want: boolean]>([
    ['nothing', async () => {}, false],
    ['a host that changes', (rows) => rows.hosts.update('h', { release: '6.12' }), false],
    ['rollouts that were touched', (rows) => rows.rollouts.touchStarted(), true],
    ['the progress of one, by Prisma', async (rows) => rows.rollouts.progress('r', PROGRESS), true],
    ['a host that goes', (rows) => rows.hosts.remove('other'), true],
    ['a plan that is assigned', (rows) => rows.planStates.change('p', ASSIGNED), true],
    ['keys', (rows) => rows.keys.used('none', new Date(0)), false],
  ])('%s', async (_why, write, want) => {
    await plan('h', 'landed')
    await rollout('draft', 'h', 'waiting')
    expect(
      await store.write(async (rows) => {
        await write(rows)
        return rows.standing.isTouched()
      }),
    ).toBe(want)
  })

  test('a started rollout and a plan that an operator has assigned stand', async () => {
    await rollout('started', 'other', 'waiting')
    await plan('h', 'landed')
    await store.planStates.change('p', ASSIGNED)
    await store.rollouts.touch('r')
    const want = { rollouts: [{ id: 'r', revision: 1 }], assigned: new Set(['h']) }
    expect(await store.standing.read()).toEqual(want)
    await store.planStates.change('p', { ...ASSIGNED, rolloutId: 'r' })
    expect(await store.standing.read()).toEqual({ ...want, assigned: new Set() })
  })
})

const PROGRESS = {
  ...{ phase: 'done', phaseSince: new Date(1), wave: 0, waveSince: null, pauses: '[]', halt: null },
  ...{ acknowledgedAt: null, approvals: '[]' },
}
const ASSIGNED = { state: 'assigned', since: new Date(0), detail: '' }
