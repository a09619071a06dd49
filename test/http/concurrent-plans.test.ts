import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/store/open-store.ts'
import type { PinChange, PinSet } from '../../src/wire/pin.ts'
import type { PlacedPlan } from '../../src/wire/plan.ts'
import { SERVER } from '../database.ts'
import { startApi, type Api, type Call } from './api.ts'
import { createEntry, enroll, post, snapshotOf, X86, type EnrolledHost } from './fixtures.ts'

const ROUNDS = Array.from({ length: 20 }, (_, round) => round)
const GROWN = { initrd: { sha256: 'cd'.repeat(32), size: 2 * 1048576 }, options: 'console=ttyS0' }
/** More than the room that the smaller initrd is given: whoever plans second has to move it. */
const LARGE = { initrd: { sha256: 'ef'.repeat(32), size: 64 * 1048576 } }

const SERVICES: [of: string, replicas: number][] = [
  ['of one service', 1],
  // SQLite is for one service alone.
  ...(SERVER === undefined ? [] : [['of two replicas', 2] satisfies [string, number]]),
]

// Many rounds: the time limit is for one that hangs, not for a slow machine.
describe.each(SERVICES)(
  'two requests %s at the same moment for one host',
  { timeout: 600_000 },
  (_, count) => {
    let api: Api
    let replicas: readonly Api[]
    let turn = 0
    let entries: { small: string; grown: string; large: string }
    beforeAll(async () => {
      // A slow machine must not make the service refuse what is asked at once.
      api = await startApi({ config: { maxEventLoopDelayMs: 0 } })
      replicas = [api, ...(count > 1 ? [await startApi({ beside: api })] : [])]
      entries = {
        small: await createEntry(api),
        grown: await createEntry(api, X86, GROWN),
        large: await createEntry(api, X86, LARGE),
      }
    })
    afterAll(async () => {
      for (const replica of replicas.toReversed()) await replica.close()
    })

    /** Each call goes to another replica than the one before. */
    const call = (asked: Call) => (replicas[turn++ % replicas.length] as Api).call(asked)
    const freshHost = async () => {
      const host = await enroll(api)
      await post(api, host, snapshotOf(X86))
      return host
    }
    const get = (path: string) => call({ method: 'get', path, as: api.admin })
    const pinsOf = async ({ id }: EnrolledHost) => (await get(`/v1/hosts/${id}/pins`)).body as PinSet
    const historyOf = async ({ id }: EnrolledHost) =>
      (await get(`/v1/hosts/${id}/pins/history?limit=500`)).body.items as PinChange[]
    const plan = ({ id }: EnrolledHost, boot_entry: string) =>
      call({ method: 'post', path: `/v1/hosts/${id}/plans`, as: api.admin, body: { boot_entry } })

    /** What the history comes to is the set, and its generations go up one by one to that of the set. */
    async function mustAgree(host: EnrolledHost): Promise<{ set: PinSet; history: PinChange[] }> {
      const [set, history] = [await pinsOf(host), await historyOf(host)]
      const replayed = new Map<string, string | null>()
      for (const { purpose, kind, mem } of history) replayed.set(`${purpose} ${kind}`, mem)
      const now = new Map(set.items.map(({ purpose, kind, mem }) => [`${purpose} ${kind}`, mem]))
      expect(replayed).toEqual(now)
      const generations = [...new Set(history.map((change) => change.generation))]
      expect(generations).toEqual(Array.from({ length: set.generation }, (_, i) => i + 1))
      for (const generation of generations) {
        const actors = history.filter((change) => change.generation === generation).map((change) => change.by)
        expect(new Set(actors).size).toBe(1)
      }
      return { set, history }
    }

    const placesOf = (plan: PlacedPlan) => new Map(plan.body.segments.map(({ kind, mem }) => [kind, mem]))
    const chosenIn = (plan: PlacedPlan) => [...new Set(plan.body.segments.map((s) => s.chosen))]

    test.each<[why: string, other: 'small' | 'grown']>([
      ['of one boot entry', 'small'],
      ['of two boot entries, of which each has room where the other lies', 'grown'],
    ])('two plans %s lie in the same places', async (_why, other) => {
      for (const round of ROUNDS) {
        const host = await freshHost()
        const both = [entries.small, entries[other]]
        const order = round % 2 === 0 ? both : both.toReversed()
        const answers = await Promise.all(order.map((entry) => plan(host, entry)))
        expect(answers.map((a) => a.status)).toEqual([201, 201])
        const [one, two] = answers.map((a) => a.body as PlacedPlan).sort((a, b) => (a.id < b.id ? -1 : 1))
        if (!one || !two) throw new Error('two were asked for')
        const { set, history } = await mustAgree(host)
        expect(placesOf(one)).toEqual(placesOf(two))
        expect([chosenIn(one), chosenIn(two)]).toEqual([['new-pin'], ['kept-pin']])
        expect(new Map(set.items.map(({ kind, mem }) => [kind, mem]))).toEqual(placesOf(one))
        expect(history.filter((c) => c.generation === 1).every((c) => c.by === one.id)).toBe(true)
        expect(history.filter((c) => c.change === 'moved')).toEqual([])
      }
    })

    test('two plans of which the larger has no room where the smaller lies: the second moves what it must', async () => {
      for (const round of ROUNDS) {
        const host = await freshHost()
        const order = round % 2 === 0 ? [entries.small, entries.large] : [entries.large, entries.small]
        const answers = await Promise.all(order.map((entry) => plan(host, entry)))
        expect(answers.map((a) => a.status)).toEqual([201, 201])
        const second = answers.map((a) => a.body as PlacedPlan).sort((a, b) => (a.id < b.id ? 1 : -1))[0]
        if (!second) throw new Error('two were asked for')
        const { set, history } = await mustAgree(host)
        expect(new Map(set.items.map(({ kind, mem }) => [kind, mem]))).toEqual(placesOf(second))
        const moved = history.filter((c) => c.change === 'moved').map((c) => [c.kind, c.by])
        expect(moved).toEqual(second.boot_entry === entries.large ? [['initrd', second.id]] : [])
      }
    })

    test('a plan and an operator who has seen no pin: whoever is second goes by what the first has done', async () => {
      for (const round of ROUNDS) {
        const host = await freshHost()
        const path = `/v1/hosts/${host.id}/pins`
        const { etag = '' } = (await get(path)).headers
        const body = { mem: '0x120000000', room: 0x800000, reason: 'below the rest' }
        const put = () =>
          call({
            method: 'put',
            path: `${path}/reboot/initrd`,
            as: api.admin,
            body,
            headers: { 'if-match': etag },
          })
        const calls = [() => plan(host, entries.small), put]
        const [first, second] = await Promise.all(
          (round % 2 === 0 ? calls : calls.toReversed()).map((call) => call()),
        )
        const [planned, set] = round % 2 === 0 ? [first, second] : [second, first]
        expect(planned?.status).toBe(201)
        const initrd = (planned?.body as PlacedPlan).body.segments.find((s) => s.kind === 'initrd')
        const { set: after, history } = await mustAgree(host)
        const pin = after.items.find((p) => p.kind === 'initrd')
        expect([pin?.mem, history.filter((c) => c.change === 'moved')]).toEqual([initrd?.mem, []])
        if (set?.status === 412) expect([initrd?.chosen, after.generation]).toEqual(['new-pin', 1])
        else expect([set?.status, initrd?.mem, initrd?.chosen]).toEqual([200, body.mem, 'kept-pin'])
      }
    })
  },
)

test('who reads pins as they change has them as they were, or as they are, and can go by their ETag', async () => {
  let between: (() => Promise<unknown>) | null = null
  const broken = (store: Store): Store => {
    const of: Store['pins']['of'] = async (hostId) => {
      const change = between
      between = null
      await change?.()
      return store.pins.of(hostId)
    }
    return { ...store, pins: { ...store.pins, of } }
  }
  const api = await startApi({ broken })
  try {
    const host = await enroll(api)
    const path = `/v1/hosts/${host.id}/pins`
    const read = () => api.call({ method: 'get', path, as: api.admin })
    const put = (etag: string, mem: string) =>
      api.call({
        ...{ method: 'put', path: `${path}/reboot/initrd`, as: api.admin, headers: { 'if-match': etag } },
        body: { mem, room: 0x1000, reason: 'test' },
      })
    between = () => put('*', '0x40000000')
    const seen = await read()
    const { generation, items } = seen.body as PinSet
    expect([generation, items.map((pin) => pin.mem)]).toEqual([1, ['0x40000000']])
    expect((await put(seen.headers['etag'] ?? '', '0x50000000')).status).toBe(200)
  } finally {
    await api.close()
  }
})
