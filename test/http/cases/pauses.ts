import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Gate } from '../../../src/wire/explain.ts'
import { startApi, type Api } from '../api.ts'
import { enroll, post, snapshotOf, createEntry, createRollout, X86, type EnrolledHost } from '../fixtures.ts'
import { holders, lock, mustBe, refusal, serve, unlock } from '../fleetlock-client.ts'
import { MINUTE_MS, rolling, voices } from '../rolling.ts'

const MATCH_ANY = { 'if-match': '*' }
const ALL = { waves: [{ percent: 100 }], max_unavailable: { percent: 100 } }

describe('pauses of the fleet and of groups', () => {
  let api: Api
  let v: ReturnType<typeof voices>
  beforeAll(async () => {
    api = await startApi()
    v = voices(api)
  })
  afterAll(() => api.close())

  const at = (scope: string) => `/v1/pauses/${scope}`
  const get = (path: string) => api.call({ method: 'get', path, as: api.admin })
  const put = (scope: string, more: object = {}, headers: Record<string, string> = {}) =>
    api.call({ method: 'put', path: at(scope), as: api.admin, body: { reason: 'a sale', ...more }, headers })
  const end = (scope: string, headers: Record<string, string> = MATCH_ANY) =>
    api.call({ method: 'delete', path: `${at(scope)}?reason=over`, as: api.admin, headers })
  const gateOf = async (host: EnrolledHost, name = 'standing-pause') =>
    (await get(`/v1/hosts/${host.id}/explain`)).body.gates.find((g: Gate) => g.gate === name) as Gate
  const later = (ms: number) => new Date(api.clock.now.getTime() + ms).toISOString()

  const grouped = async (group: string, spec: object = {}) => {
    const host = await enroll(api, { group })
    await post(api, host, snapshotOf(X86))
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const selector = { hosts: [host.id] }
    return { host, rollout: await createRollout(api, { selector, boot_entry, ...ALL, ...spec }, true) }
  }

  test('one is set, changed, listed and ended; audit and timeline have it', async () => {
    const scope = 'group:lab'
    const host = await enroll(api, { group: 'lab' })
    expect((await get(at(scope))).status).toBe(404)
    expect((await end(scope)).status).toBe(404)
    expect((await put(scope, {}, MATCH_ANY)).status).toBe(412)
    const first = await put(scope)
    expect([first.status, first.body.generation, first.body.until]).toEqual([201, 1, null])
    expect((await get(at(scope))).headers['etag']).toBe(first.headers['etag'])
    expect((await put(scope)).status).toBe(428)
    v.at(1000)
    const headers = { 'if-match': first.headers['etag'] ?? '' }
    const until = later(MINUTE_MS)
    const second = await put(scope, { until, reason: 'a long sale' }, headers)
    expect([second.status, second.body]).toEqual([
      200,
      { ...first.body, generation: 2, until, reason: 'a long sale', set_at: later(0) },
    ])
    expect((await put(scope, {}, headers)).status).toBe(412)
    await put('group:other')
    const page = await get('/v1/pauses?limit=1')
    const rest = await get(`/v1/pauses?limit=1&cursor=${page.body.next_cursor}`)
    const scopes = [...page.body.items, ...rest.body.items].map((p: { scope: string }) => p.scope)
    expect(scopes).toEqual([scope, 'group:other'])
    expect((await end(scope, {})).status).toBe(428)
    expect((await end(scope, { 'if-match': '"stale"' })).status).toBe(412)
    expect((await end(scope)).status).toBe(204)
    expect((await end('group:other')).status).toBe(204)
    expect((await get('/v1/pauses')).body.items).toEqual([])
    const audit = (await get(`/v1/audit?target=${scope}`)).body.items
    expect(audit.map((e: { action: string }) => e.action)).toEqual(['pause.set', 'pause.set', 'pause.end'])
    expect(audit[1].detail.before).toMatchObject({ generation: 1, reason: 'a sale' })
    const events = (await get(`/v1/hosts/${host.id}/timeline`)).body.items
    const told = events.flatMap((e: { kind: string; detail: string }) =>
      /paused/.test(e.kind) ? e.detail : [],
    )
    expect(told).toEqual([`${scope}: a sale`, `${scope}: a long sale, until ${until}`, `${scope}: over`])
  })

  test.each<[why: string, scope: string, body: object]>([
    ['one host: it is opted out instead', `host:host_${'0'.repeat(26)}`, {}],
    ['a scope that there is not', 'rack:7', {}],
    ['an end that has passed', 'fleet', { until: '2020-01-01T00:00:00.000Z' }],
    ['no reason', 'fleet', { reason: '' }],
  ])('refused: %s', async (_why, scope, body) => {
    expect((await put(scope, body)).status).toBe(400)
  })

  test('a group: its host waits in every rollout, others go, and it goes on when that is over', async () => {
    const web = await grouped('web')
    const db = await grouped('db')
    await put('group:web')
    expect((await v.ask(web.host)).status).toBe(204)
    expect((await v.ask(db.host)).status).toBe(200)
    expect(await gateOf(web.host)).toMatchObject({
      verdict: 'fail',
      rollout: null,
      sentence: expect.stringMatching(/^group web is paused by key_\w+: a sale$/),
    })
    expect((await gateOf(db.host)).verdict).toBe('pass')
    await end('group:web')
    expect((await v.ask(web.host)).status).toBe(200)
  })

  test('the fleet: what was granted before may not start any more', async () => {
    const { host, rollout } = await grouped('late')
    const plan = (await v.ask(host)).body.plan.id as string
    await v.say(host, plan, 'loaded')
    await put('fleet')
    const refused = await v.say(host, plan, 'executing')
    expect([refused.status, refused.body.code]).toEqual([409, 'not-now'])
    expect(refused.body.detail).toContain('the fleet is paused')
    expect((await v.memberOf(rollout, host)).state).toBe('waiting')
    await end('fleet')
    expect((await v.ask(host)).status).toBe(200)
  })

  test('it ends by itself, and that is said beforehand', async () => {
    const { host } = await grouped('short')
    const until = later(5 * MINUTE_MS)
    await put('group:short', { until })
    expect(await gateOf(host)).toMatchObject({ verdict: 'wait', next_check: until })
    v.at(5 * MINUTE_MS - 1)
    expect((await v.ask(host)).status).toBe(204)
    v.at(1)
    expect((await v.ask(host)).status).toBe(200)
    expect((await get(at('group:short'))).status).toBe(404)
    const again = await put('group:short')
    expect([again.status, again.body.generation]).toEqual([201, 1])
    await end('group:short')
  })

  test('deadlines stand still, also after it has ended', async () => {
    const spec = { deadlines: { rebooting_seconds: 60 } }
    const { host, rollout } = await grouped('slow', spec)
    await v.jump(host)
    await put('group:slow')
    v.at(10 * MINUTE_MS)
    expect((await v.standing(rollout)).counts).toEqual({ rebooting: 1 })
    await end('group:slow')
    v.at(MINUTE_MS - 1)
    expect((await v.standing(rollout)).counts).toEqual({ rebooting: 1 })
    v.at(1)
    expect((await v.standing(rollout)).counts).toEqual({ missing: 1 })
  })

  test('a FleetLock client of a paused group gets no lock, and gives one up as ever', async () => {
    const served = await serve(api, { slots: 2 })
    mustBe(await lock(served, 'early'), 200, '')
    await put(`group:${served.group}`)
    const told = `an operator has paused group ${served.group}; nothing is locked meanwhile`
    mustBe(await lock(served, 'late'), 423, refusal('failed_lock_paused', told))
    mustBe(await lock(served, 'early'), 423, refusal('failed_lock_paused', told))
    mustBe(await unlock(served, 'early'), 200, '')
    expect(await holders(api, served.group)).toEqual([])
    await end(`group:${served.group}`)
    mustBe(await lock(served, 'late'), 200, '')
  })

  test('nor does a client that is a host of a paused group, or of a paused fleet', async () => {
    const served = await serve(api)
    const host = await enroll(api, { group: 'elsewhere' })
    await put('group:elsewhere')
    expect((await lock(served, host.id)).status).toBe(423)
    await end('group:elsewhere')
    await put('fleet')
    expect((await lock(served, host.id)).status).toBe(423)
    await end('fleet')
    mustBe(await lock(served, host.id), 200, '')
  })

  test('hosts of one rack that are away otherwise count for the failure domain', async () => {
    const spec = { ...ALL, failure_domain: { label: 'rack', per_domain: 1 } }
    const inRack = async (host: EnrolledHost, rack: string) =>
      api.call({
        method: 'patch',
        path: `/v1/hosts/${host.id}`,
        as: api.admin,
        headers: MATCH_ANY,
        body: { labels: { rack } },
      })
    const first = (await rolling(api, 1, { ...ALL, pool: 'first' })).hosts[0] as EnrolledHost
    const third = await enroll(api)
    await inRack(first, 'r1')
    await inRack(third, 'r2')
    const near = await enroll(api)
    const far = await enroll(api)
    for (const [host, rack] of [
      [near, 'r1'],
      [far, 'r2'],
    ] as const) {
      await post(api, host, snapshotOf(X86))
      await inRack(host, rack)
    }
    const boot_entry = await createEntry(api, X86, { initrd: null })
    const selector = { hosts: [near.id, far.id] }
    await createRollout(api, { selector, boot_entry, ...spec }, true)
    await v.jump(first)
    const served = await serve(api)
    mustBe(await lock(served, third.id), 200, '')
    expect((await v.ask(near)).status).toBe(204)
    expect((await v.ask(far)).status).toBe(204)
    expect((await gateOf(near, 'failure-domain')).sentence).toContain(`rack r1 are away: ${first.id}`)
    expect((await gateOf(far, 'failure-domain')).sentence).toContain(`${third.id} (holds a lease)`)
    mustBe(await unlock(served, third.id), 200, '')
    expect((await v.ask(far)).status).toBe(200)
    expect((await v.ask(near)).status).toBe(204)
  })
})
