import { afterEach, describe, expect, test } from 'vitest'
import type { WaitingClock } from '../../../src/http/rollouts/assignments.ts'
import type { Store } from '../../../src/store/open-store.ts'
import { startApi, type Api, type ApiOptions } from '../api.ts'
import type { EnrolledHost } from '../fixtures.ts'
import { rolling, voices } from '../rolling.ts'

const WAIT_SECONDS = 60
/** Nobody looks again by itself: who is not woken waits to the end, which no test lives to see. */
const NEVER_AGAIN_MS = 3_600_000
const NOT_SOON = { timeout: 30_000 }

let api: Api
afterEach(() => api.close())

/** Counts who waits, and lets them wait for ever. */
function patience() {
  let waiting = 0
  const told: (() => void)[] = []
  const clock: WaitingClock = {
    now: () => performance.now(),
    after: () => {
      waiting += 1
      for (const look of told) look()
      return () => void (waiting -= 1)
    },
    sliceMs: NEVER_AGAIN_MS,
  }
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => waiting === count && resolve()
      told.push(look)
      look()
    })
  return { clock, until, count: () => waiting }
}

async function started(spec: object, count: number, options: ApiOptions = {}) {
  const waiting = patience()
  api = await startApi({ waiting: waiting.clock, ...options })
  const { hosts, rollout } = await rolling(api, count, {
    waves: [{ percent: 100 }],
    soak_seconds: 0,
    ...spec,
  })
  const said = voices(api)
  const wait = (host: EnrolledHost) => said.ask(host, WAIT_SECONDS).then(({ status }) => ({ host, status }))
  return { hosts, rollout, said, waiting, wait }
}

const of = ([host]: readonly EnrolledHost[]) => host as EnrolledHost

describe('who waits is woken by what lets it go', NOT_SOON, () => {
  test('the place of a host that has handed its grant back', async () => {
    const { hosts, said, waiting, wait } = await started({ max_unavailable: { count: 1 } }, 4)
    const plan = (await said.ask(of(hosts))).body.plan.id as string
    const others = hosts.slice(1).map(wait)
    await waiting.until(3)
    await said.say(of(hosts), plan, 'refused', 'stale-plan: test')
    expect((await Promise.race(others)).status).toBe(200)
    // There was room for one.
    expect(waiting.count()).toBe(2)
  })

  test('a resume, for as many as there is room for', async () => {
    const { hosts, rollout, said, waiting, wait } = await started({ max_unavailable: { count: 2 } }, 4)
    await said.tell(rollout, 'pause')
    const all = hosts.map(wait)
    await waiting.until(4)
    await said.tell(rollout, 'resume')
    expect((await Promise.race(all)).status).toBe(200)
    await waiting.until(2)
  })

  test('a pool that grows', async () => {
    const { hosts, said, waiting, wait } = await started({ pool: 'narrow', max_unavailable: { count: 2 } }, 2)
    await setSlots(0)
    const all = hosts.map(wait)
    await waiting.until(2)
    await setSlots(1)
    expect((await Promise.race(all)).status).toBe(200)
    expect(waiting.count()).toBe(1)
    expect((await said.get('/leases?pool=narrow')).items).toHaveLength(1)
  })

  test('a hook that says that all is well', async () => {
    const health = [{ id: 'load', kind: 'hook', scope: 'rollout', valid_seconds: 600, on_fail: 'wait' }]
    const { hosts, rollout, said, waiting, wait } = await started({ health }, 1)
    const answer = wait(of(hosts))
    await waiting.until(1)
    await said.tell(rollout, 'health', { reason: undefined, gate: 'load', verdict: 'pass', detail: 'test' })
    expect((await answer).status).toBe(200)
  })

  test('a plan that an operator assigns', async () => {
    const { hosts, rollout, said, waiting, wait } = await started({}, 1)
    await said.tell(rollout, 'pause')
    const answer = wait(of(hosts))
    await waiting.until(1)
    const { boot_entry } = (await said.get(`/rollouts/${rollout}`)).spec
    const body = { boot_entry, purpose: 'reboot', strategy: 'pinned', assign: true }
    const path = `/v1/hosts/${of(hosts).id}/plans`
    await api.call({ method: 'post', path, as: api.admin, body })
    expect((await answer).status).toBe(200)
  })
})

test('who asks and has to wait costs one question of the database', NOT_SOON, async () => {
  const asked: string[] = []
  const { hosts, rollout, said } = await started({}, 8, { broken: (store) => counted(store, asked) })
  await said.tell(rollout, 'pause')
  await said.ask(of(hosts))
  asked.length = 0
  for (const host of hosts) expect((await said.ask(host)).status).toBe(204)
  expect(asked).toEqual(hosts.map(() => 'hosts.credential'))
})

async function setSlots(slots: number): Promise<void> {
  const path = '/v1/lease-pools/narrow'
  const { headers, status } = await api.call({ method: 'get', path, as: api.admin })
  const match = status === 200 && { headers: { 'if-match': headers['etag'] as string } }
  const body = { slots, ttl_seconds: 3600, reason: 'test' }
  const set = await api.call({ method: 'put', path, as: api.admin, body, ...match })
  expect(set.status).toBeLessThan(300)
}

/** Tells every question that is asked outside of transactions, and every transaction. */
function counted(store: Store, asked: string[]): Store {
  const told = (name: string, ask: unknown) =>
    typeof ask !== 'function'
      ? ask
      : (...given: unknown[]) => {
          asked.push(name)
          return ask(...given) as unknown
        }
  return Object.fromEntries(
    Object.entries(store).map(([noun, rows]) => [
      noun,
      typeof rows === 'function'
        ? told(noun, rows)
        : Object.fromEntries(
            Object.entries(rows as object).map(([verb, ask]) => [verb, told(`${noun}.${verb}`, ask)]),
          ),
    ]),
  ) as unknown as Store
}
