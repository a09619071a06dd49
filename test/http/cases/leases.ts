import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import type { EnrolledHost } from '../fixtures.ts'
import { MINUTE_MS, rolling, voices } from '../rolling.ts'

const TWO_AT_ONCE = { waves: [{ percent: 100 }], max_unavailable: { count: 2 } }

describe('leases', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const set = (pool: string, body: object, match?: string) =>
    api.call({
      method: 'put',
      path: `/v1/lease-pools/${pool}`,
      as: api.admin,
      body: { slots: 1, ttl_seconds: 3600, reason: 'test', ...body },
      ...(match !== undefined && { headers: { 'if-match': match } }),
    })
  const release = (id: string) =>
    api.call({ method: 'post', path: `/v1/leases/${id}/release`, as: api.admin, body: { reason: 'test' } })

  test('show who holds them, since when, until when; tokens only grow', async () => {
    const { hosts, rollout } = await rolling(api, 2, { ...TWO_AT_ONCE, pool: 'Seen.1' })
    for (const host of hosts) await v.ask(host)
    const { items } = await v.get('/leases?pool=Seen.1')
    expect(items.map((l: { fence: number }) => l.fence)).toEqual([1, 2])
    expect(items[0]).toMatchObject({ holder: hosts[0]?.id, rollout, pool: 'Seen.1' })
    expect(Date.parse(items[0].until) - Date.parse(items[0].since)).toBe(60 * MINUTE_MS)
    expect(await v.get('/lease-pools/Seen.1')).toMatchObject({ held: 2, last_fence: 2, slots: 100 })
    await release(items[0].id)
    expect((await v.ask(hosts[0] as EnrolledHost)).body.fence).toBe(3)
  })

  test('one that is taken away by force cannot be used, and that is in the audit', async () => {
    const { hosts } = await rolling(api, 1, { ...TWO_AT_ONCE, pool: 'forced' })
    const [host] = hosts as [EnrolledHost]
    const granted = (await v.ask(host)).body
    await v.say(host, granted.plan.id, 'loaded')
    const [lease] = (await v.get('/leases?pool=forced')).items
    expect((await release(lease.id)).body).toEqual(lease)
    expect((await release(lease.id)).status).toBe(404)
    const refused = await v.say(host, granted.plan.id, 'executing')
    expect([refused.status, refused.body.code, refused.body.gates[0]]).toEqual([
      409,
      'not-now',
      expect.objectContaining({ gate: 'fence', verdict: 'fail' }),
    ])
    const [told] = (await v.get(`/audit?target=${lease.id}`)).items
    expect(told).toMatchObject({ action: 'lease.force-release', detail: { reason: 'test', holder: host.id } })
  })

  test('two rollouts share a pool: no more holders than it has slots', async () => {
    expect((await set('shared', {})).status).toBe(201)
    const [a, b] = [
      await rolling(api, 1, { ...TWO_AT_ONCE, pool: 'shared' }),
      await rolling(api, 1, { ...TWO_AT_ONCE, pool: 'shared' }),
    ]
    const [one, two] = [a.hosts[0] as EnrolledHost, b.hosts[0] as EnrolledHost]
    expect((await v.ask(one)).status).toBe(200)
    expect((await v.ask(two)).status).toBe(204)
    const { gates } = await v.get(`/hosts/${two.id}/explain`)
    expect(gates.at(-1)).toMatchObject({ gate: 'lease', verdict: 'wait' })
    expect(gates.at(-1).sentence).toContain(one.id)
    await v.tell(a.rollout, 'cancel')
    expect((await v.ask(two)).status).toBe(200)
  })

  test("are judged by today's policy: a shorter term ends one that is held", async () => {
    const { hosts, rollout } = await rolling(api, 1, { ...TWO_AT_ONCE, pool: 'shorter' })
    await v.ask(hosts[0] as EnrolledHost)
    v.at(10 * MINUTE_MS)
    expect((await v.get('/leases?pool=shorter')).items).toHaveLength(1)
    expect((await set('shorter', { ttl_seconds: 601 }, '*')).status).toBe(200)
    expect((await v.get('/leases?pool=shorter')).items).toHaveLength(1)
    await set('shorter', { ttl_seconds: 600 }, '*')
    expect((await v.get('/leases?pool=shorter')).items).toEqual([])
    expect((await v.standing(rollout)).counts).toEqual({ waiting: 1 })
  })

  test('a pool is changed by who has seen it', async () => {
    expect((await set('seen', {}, '"x"')).body.code).toBe('precondition-failed')
    expect((await set('seen', {})).status).toBe(201)
    expect((await set('seen', {})).body.code).toBe('precondition-required')
    expect((await set('seen', {}, '"x"')).body.code).toBe('precondition-failed')
    expect((await set('seen', { slots: 7 }, '*')).body).toMatchObject({ slots: 7, generation: 2 })
    expect((await v.get('/lease-pools')).items.map((p: { name: string }) => p.name)).toContain('seen')
  })
})
