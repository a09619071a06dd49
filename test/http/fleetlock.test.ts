import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Lease } from '../../src/wire/lease.ts'
import { startApi, type Api } from './api.ts'
import {
  FULL,
  ID,
  LOCK,
  UNKNOWN,
  UNLOCK,
  headed,
  holders,
  identity,
  lock,
  mustBe,
  refusal,
  serve,
  unlock,
  zincati,
  type Served,
} from './fleetlock-client.ts'
import { sendRaw } from './raw.ts'

let api: Api
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

describe('requests as clients send them', () => {
  const go = ['User-Agent: Go-http-client/1.1', 'Fleet-Lock-Protocol: true', 'Accept-Encoding: gzip']
  const compact = (group: string) => JSON.stringify({ client_params: { id: ID, group } })
  test.each<[why: string, request: (served: Served) => string, status: number, body: string]>([
    ['Zincati locks', (s) => zincati(s.base + LOCK, identity(ID, s.group)), 200, ''],
    ['Zincati is steady and holds nothing', (s) => zincati(s.base + UNLOCK, identity(ID, s.group)), 200, ''],
    ['a client in Go locks', (s) => headed(s.base + LOCK, go, compact(s.group)), 200, ''],
    [
      'one that says that it sends JSON',
      (s) => headed(s.base + LOCK, [...go, 'Content-Type: application/json'], compact(s.group)),
      200,
      '',
    ],
    [
      'one that puts a slash after a base URL that ends in one',
      (s) => headed(`${s.base}/${LOCK}`, go, compact(s.group)),
      200,
      '',
    ],
    [
      "curl -d, as in the protocol's own example",
      (s) =>
        headed(
          s.base + LOCK,
          [
            'User-Agent: curl/8.5.0',
            'Accept: */*',
            'fleet-lock-protocol: true',
            'Content-Type: application/x-www-form-urlencoded',
          ],
          compact(s.group),
        ),
      200,
      '',
    ],
    [
      'a body in chunks',
      (s) => {
        const body = compact(s.group)
        const size = body.length.toString(16)
        return `POST ${s.base}${LOCK} HTTP/1.1\r\nHost: b\r\nfleet-lock-protocol: true\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${body}\r\n0\r\n\r\n`
      },
      200,
      '',
    ],
    [
      'fields that the protocol does not name',
      (s) =>
        zincati(
          s.base + LOCK,
          JSON.stringify({ v: 2, client_params: { id: ID, group: s.group, node: 'a' } }),
        ),
      200,
      '',
    ],
    [
      'no header: it may have been redirected here',
      (s) => headed(s.base + LOCK, [], compact(s.group)),
      400,
      refusal('missing_header', 'the header fleet-lock-protocol must be there, and be true'),
    ],
    [
      'a header that is not true',
      (s) => headed(s.base + UNLOCK, ['fleet-lock-protocol: yes'], compact(s.group)),
      400,
      refusal('missing_header', 'the header fleet-lock-protocol must be there, and be true'),
    ],
    [
      'a body that is torn',
      (s) => zincati(s.base + LOCK, '{"client_params":'),
      400,
      refusal('decode_error', 'the body is not a JSON object'),
    ],
    [
      'no body at all',
      (s) => headed(s.base + LOCK, ['fleet-lock-protocol: true'], ''),
      400,
      refusal('decode_error', 'the body is not a JSON object'),
    ],
    [
      'another group than that of the base URL',
      (s) => zincati(s.base + LOCK, identity(ID, 'default')),
      400,
      refusal('unknown_group', 'this base URL is for another group'),
    ],
    [
      'another group, steady',
      (s) => zincati(s.base + UNLOCK, identity(ID, 'default')),
      400,
      refusal('unknown_group', 'this base URL is for another group'),
    ],
    ['no such call', (s) => zincati(`${s.base}v1/reboot`, identity(ID, s.group)), 404, UNKNOWN],
    ['no such base URL', (s) => zincati(`/fleetlock/default/${LOCK}`, identity(ID, s.group)), 404, UNKNOWN],
    [
      'one letter of the secret changed',
      (s) => zincati(`${s.base.slice(0, -2)}x/${LOCK}`, identity(ID, s.group)),
      404,
      UNKNOWN,
    ],
    [
      'another method',
      (s) => headed(s.base + LOCK, ['fleet-lock-protocol: true'], '', 'GET'),
      405,
      refusal('method_not_allowed', 'GET is not allowed here'),
    ],
    [
      'a body that is far too long',
      (s) => zincati(s.base + LOCK, identity('x'.repeat(17_000), s.group)),
      413,
      refusal('body_too_large', 'the body is larger than this service takes'),
    ],
  ])('%s', async (_why, request, status, body) => {
    const answer = await sendRaw(api.url, request(await serve(api)))
    mustBe(answer, status, body)
    expect(answer.headers['allow']).toBe(status === 405 ? 'POST' : undefined)
  })

  test.each<[why: string, client_params: unknown]>([
    ['none', undefined],
    ['a list', []],
    ['without an id', { group: 'g' }],
    ['an empty id', { id: '', group: 'g' }],
    ['an id that is a number', { id: 7, group: 'g' }],
    ['an id as long as no machine has', { id: 'x'.repeat(201), group: 'g' }],
    ['without a group', { id: ID }],
    ['an empty group', { id: ID, group: '' }],
    ['a group with a letter that groups have not', { id: ID, group: 'a/b' }],
    ['a group with a line end', { id: ID, group: 'g\n' }],
  ])('an identity that is none, %s: 400', async (_why, client_params) => {
    const { base } = await serve(api)
    const answer = await sendRaw(api.url, zincati(base + LOCK, JSON.stringify({ client_params })))
    const { kind, value } = JSON.parse(answer.body)
    expect([answer.status, kind]).toEqual([400, 'invalid_client_identity'])
    expect(value).toMatch(/^\/client_params/)
  })
})

describe('the semaphore', () => {
  test('a lock that is asked for again is the same lock, and is not made longer', async () => {
    const served = await serve(api)
    for (let i = 0; i < 3; i++) mustBe(await lock(served), 200, '')
    const leases = (
      await api.call({ method: 'get', path: `/v1/leases?holder=${ID}&pool=${served.group}`, as: api.admin })
    ).body.items as Lease[]
    expect(leases).toMatchObject([{ holder: ID, pool: served.group, fence: 1, rollout: null }])
  })

  test('whoever holds nothing may give it up, and often', async () => {
    const served = await serve(api)
    mustBe(await unlock(served), 200, '')
    mustBe(await lock(served), 200, '')
    mustBe(await lock(served), 200, '')
    mustBe(await unlock(served), 200, '')
    mustBe(await unlock(served), 200, '')
    expect(await holders(api, served.group)).toEqual([])
    mustBe(await lock(served, 'other'), 200, '')
  })

  test('full is 423 until one who holds gives up; a stranger can free nobody else', async () => {
    const served = await serve(api, { slots: 2 })
    mustBe(await lock(served, 'a'), 200, '')
    mustBe(await lock(served, 'b'), 200, '')
    const full = FULL.replace(': 1', ': 2')
    mustBe(await lock(served, 'c'), 423, full)
    mustBe(await lock(served, 'a'), 200, '')
    mustBe(await unlock(served, 'c'), 200, '')
    // Identities are case-sensitive.
    mustBe(await unlock(served, 'A'), 200, '')
    mustBe(await lock(served, 'c'), 423, full)
    expect(await holders(api, served.group)).toEqual(['a', 'b'])
    mustBe(await unlock(served, 'a'), 200, '')
    mustBe(await lock(served, 'c'), 200, '')
    expect(await holders(api, served.group)).toEqual(['b', 'c'])
  })

  test('two groups have nothing to do with each other', async () => {
    const [one, two] = [await serve(api), await serve(api)]
    mustBe(await lock(one, 'a'), 200, '')
    mustBe(await lock(two, 'b'), 200, '')
    mustBe(await lock(one, 'b'), 423, FULL)
    mustBe(await unlock(two, 'a'), 200, '')
    expect([await holders(api, one.group), await holders(api, two.group)]).toEqual([['a'], ['b']])
  })

  test('no slots: nobody gets one', async () => {
    mustBe(await lock(await serve(api, { slots: 0 })), 423, FULL.replace(': 1', ': 0'))
  })

  test('a lock ends at its term, to the millisecond, unlike in servers where it stays for good', async () => {
    const served = await serve(api, { ttl_seconds: 600 })
    mustBe(await lock(served, 'a'), 200, '')
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 600_000 - 1)
    mustBe(await lock(served, 'b'), 423, FULL)
    api.clock.now = new Date(start.getTime() + 600_000)
    mustBe(await lock(served, 'b'), 200, '')
    expect(await holders(api, served.group)).toEqual(['b'])
    api.clock.now = start
  })

  test('a forced release is one for FleetLock too', async () => {
    const served = await serve(api)
    await lock(served, 'a')
    const { items } = (
      await api.call({ method: 'get', path: `/v1/leases?pool=${served.group}`, as: api.admin })
    ).body
    const path = `/v1/leases/${items[0].id}/release`
    await api.call({ method: 'post', path, as: api.admin, body: { reason: 'it is gone' } })
    mustBe(await lock(served, 'b'), 200, '')
  })

  test('a host that a rollout reboots cannot lock, nor free what the rollout holds', async () => {
    const served = await serve(api, { slots: 5 })
    const at = api.clock.now
    const row = { grantedAt: at, renewedAt: at, expiresAt: new Date(at.getTime() + 3600_000) }
    await api.store.write((rows) =>
      rows.leases.insert({
        id: 'lease_0',
        pool: served.group,
        fence: 1,
        holder: 'a',
        rolloutId: 'roll_0',
        ...row,
      }),
    )
    const body = refusal('failed_lock_held_otherwise', 'a rollout is rebooting this host')
    mustBe(await lock(served, 'a'), 423, body)
    mustBe(await unlock(served, 'a'), 200, '')
    mustBe(await lock(served, 'a'), 423, body)
  })

  test('fifty clients at once on three slots: three get one, and never more than three hold', async () => {
    const served = await serve(api, { slots: 3 })
    const clients = Array.from({ length: 50 }, (_, i) => `client-${i}`)
    let rebooted: string[] = []
    for (let left = clients; left.length > 0;) {
      const answers = await Promise.all(
        left.map(async (id) => [id, (await lock(served, id)).status] as const),
      )
      const got = answers.flatMap(([id, status]) => (status === 200 ? [id] : []))
      expect(got).toHaveLength(Math.min(3, left.length))
      expect(answers.filter(([, status]) => status === 423)).toHaveLength(left.length - got.length)
      expect((await holders(api, served.group)).toSorted()).toEqual(got.toSorted())
      await Promise.all(got.map((id) => unlock(served, id)))
      rebooted = [...rebooted, ...got]
      // A few rounds show it; the rest would be the same again.
      if (rebooted.length >= 12) break
      left = left.filter((id) => !got.includes(id))
    }
    expect(new Set(rebooted).size).toBe(12)
    // Now all mixed up: whoever has a lock holds it a moment, and all look how many there are.
    let holding = 0
    let most = 0
    await Promise.all(
      clients.map(async (id) => {
        for (let tries = 0; tries < 3; tries++) {
          if ((await lock(served, id)).status !== 200) continue
          most = Math.max(most, ++holding)
          expect((await holders(api, served.group)).length).toBeLessThanOrEqual(3)
          holding--
          await unlock(served, id)
        }
      }),
    )
    expect([most > 0, most <= 3, await holders(api, served.group)]).toEqual([true, true, []])
    const audit = await api.store.audit.list({ after: null, limit: 10_000 }, {})
    let now = 0
    for (const { action, detail } of audit) {
      if ((JSON.parse(detail) as { pool?: string }).pool !== served.group) continue
      now += action === 'lease.acquire' ? 1 : -1
      expect(now).toBeLessThanOrEqual(3)
    }
    expect(now).toBe(0)
  })
})
