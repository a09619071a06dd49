import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from './api.ts'
import {
  FULL,
  ID,
  LOCK,
  UNKNOWN,
  holders,
  identity,
  lock,
  mustBe,
  refusal,
  secretIn,
  serve,
  unlock,
  zincati,
} from './fleetlock-client.ts'
import { sendRaw } from './raw.ts'

let api: Api
beforeAll(async () => {
  api = await startApi({ config: { logLevel: 'trace' } })
})
afterAll(() => api.close())

describe('what an operator decides', () => {
  const put = (group: string, body: object, headers: Record<string, string> = {}) =>
    api.call({ method: 'put', path: `/v1/groups/${group}/fleetlock`, as: api.admin, body, headers })
  const on = { slots: 1, ttl_seconds: 3600, enabled: true, reason: 'test' }

  test('the base URL is shown once, in full, and kept nowhere in clear', async () => {
    const made = await put('shown', on)
    expect(made.body.base_url).toMatch(
      /^http:\/\/127\.0\.0\.1:\d+\/fleetlock\/berth_fleetlock_[0-9a-z]{26}_[0-9a-f]{64}\/$/,
    )
    const read = await api.call({ method: 'get', path: '/v1/groups/shown/fleetlock', as: api.admin })
    const { base_url, ...rest } = made.body
    expect([read.body, read.headers['etag']]).toEqual([rest, made.headers['etag']])
    const row = await api.store.fleetlock.of('shown')
    expect(JSON.stringify(row)).not.toContain(secretIn(base_url))
    const changed = await put('shown', { ...on, slots: 2 }, { 'if-match': made.headers['etag'] ?? '' })
    expect([changed.status, changed.body.slots, changed.body.base_url]).toEqual([200, 2, undefined])
  })

  test('it is changed by who has seen it', async () => {
    const { group, etag } = await serve(api)
    expect((await put(group, on)).status).toBe(428)
    expect((await put(group, on, { 'if-match': '"old"' })).status).toBe(412)
    expect((await put(group, on, { 'if-match': etag })).status).toBe(200)
    expect((await put('none-yet', on, { 'if-match': etag })).status).toBe(412)
    expect((await put('none-yet', { ...on, rotate: true })).status).toBe(404)
  })

  test('rotated, the old base URL ends at once, and what is held is held', async () => {
    const old = await serve(api)
    await lock(old, 'a')
    const next = await serve(api, { rotate: true }, old.group, old.etag)
    expect(next.base).not.toBe(old.base)
    mustBe(await unlock(old, 'a'), 404, UNKNOWN)
    mustBe(await lock(next, 'b'), 423, FULL)
    mustBe(await unlock(next, 'a'), 200, '')
  })

  test('switched off, nobody gets a lock, and who has one may give it up', async () => {
    const served = await serve(api, { slots: 2 })
    await lock(served, 'a')
    await serve(api, { slots: 2, enabled: false }, served.group, served.etag)
    const body = refusal('group_disabled', 'an operator has switched locks of this group off')
    mustBe(await lock(served, 'b'), 403, body)
    mustBe(await unlock(served, 'a'), 200, '')
    expect(await holders(api, served.group)).toEqual([])
  })

  test('forgotten, its base URL ends at once; it is off where nobody has set it', async () => {
    const served = await serve(api)
    const path = `/v1/groups/${served.group}/fleetlock`
    const gone = await api.call({
      method: 'delete',
      path: `${path}?reason=test`,
      as: api.admin,
      headers: { 'if-match': served.etag },
    })
    expect(gone.status).toBe(204)
    mustBe(await lock(served), 404, UNKNOWN)
    expect((await api.call({ method: 'get', path, as: api.admin })).status).toBe(404)
  })

  test('one who asks is let in only so often, whatever he asks', async () => {
    const busy = await startApi({ config: { rateLimit: 2 } })
    const ask = () => sendRaw(busy.url, zincati(`/fleetlock/guess/${LOCK}`, identity(ID, 'g')))
    await ask()
    await ask()
    const answer = await ask()
    mustBe(answer, 429, refusal('too_many_requests', 'too many requests from this address'))
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    const nowhere = await sendRaw(busy.url, zincati('/fleetlock/nowhere', '{}'))
    expect([nowhere.status, nowhere.body]).toEqual([429, answer.body])
    await busy.close()
  })

  test('the audit has who locked and who set it, and neither it nor the log has a secret', async () => {
    const served = await serve(api)
    await lock(served, 'a')
    const secret = secretIn(served.base)
    const hidden = `/%66leetlock/${served.base.split('/')[2]?.replace('b', '%62')}/${LOCK}`
    mustBe(await sendRaw(api.url, zincati(hidden, identity('a', served.group))), 200, '')
    await sendRaw(api.url, zincati(`/fleetlok/${served.base.split('/')[2]}/${LOCK}`, '{}'))
    await sendRaw(api.url, zincati(`/fleetlock/hunter2hunter2/${LOCK}`, '{}'))
    const { items } = (await api.call({ method: 'get', path: '/v1/audit?target=a&limit=500', as: api.admin }))
      .body
    const mine = items.filter((e: { detail: { pool: string } }) => e.detail.pool === served.group)
    expect(mine).toMatchObject([{ actor: `fleetlock:${served.group}`, action: 'lease.acquire' }])
    const whole = await api.store.audit.list({ after: null, limit: 10_000 }, {})
    expect(whole.some((e) => e.action === 'fleetlock.set' && e.target === served.group)).toBe(true)
    const log = api.logged.join('')
    expect(log).toContain(`/fleetlock/[redacted]/${LOCK}`)
    for (const said of [secret, 'hunter2hunter2']) {
      expect(log).not.toContain(said)
      expect(JSON.stringify(whole)).not.toContain(said)
    }
  })
})
