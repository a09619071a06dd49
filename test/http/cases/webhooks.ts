import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createKey } from '../fixtures.ts'

const GIVEN = { url: 'https://hooks.example/berth', reason: 'on-call' }

describe('webhooks', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ config: { webhookOrigins: ['http://inside.example:8080'], logLevel: 'trace' } })
  })
  afterAll(() => api.close())

  const call = (method: string, path: string, body?: object, headers = {}) =>
    api.call({ method, path: `/v1/webhooks${path}`, as: api.admin, body, headers })
  const create = (change: object = {}, headers = {}) => call('post', '', { ...GIVEN, ...change }, headers)

  test('one is made active, its secret is shown this once and stored nowhere in clear', async () => {
    const { status, body, headers } = await create({ kinds: ['plan-landed', 'rollout.*'], group: 'web' })
    expect([status, headers['location']]).toEqual([201, `/v1/webhooks/${body.id}`])
    expect(body).toMatchObject({
      kinds: ['plan-landed', 'rollout.*'],
      group: 'web',
      state: 'active',
      failures: 0,
    })
    const { secret, ...rest } = body
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect((await call('get', `/${body.id}`)).body).toEqual(rest)
    expect((await call('get', '')).text).not.toContain(secret)
    const row = await api.store.webhooks.get(body.id)
    expect(Buffer.from(row?.secret ?? '').toString('latin1')).not.toContain(secret)
    expect(api.logged.join('')).not.toContain(secret)
    const audit = await api.call({ method: 'get', path: `/v1/audit?target=${body.id}`, as: api.admin })
    expect(audit.body.items[0]).toMatchObject({ action: 'webhook.create', detail: { reason: 'on-call' } })
    expect(audit.text).not.toContain(secret)
  })

  test('a repeated request makes one webhook, and shows the same secret', async () => {
    const headers = { 'idempotency-key': 'hook-1' }
    expect((await create({}, headers)).text).toBe((await create({}, headers)).text)
  })

  test.each<[why: string, change: object, pointer: string]>([
    ['not https', { url: 'http://hooks.example/' }, '/url'],
    ['to this machine', { url: 'https://127.0.0.1/' }, '/url'],
    ['to metadata', { url: 'https://169.254.169.254/' }, '/url'],
    ['with credentials', { url: 'https://a:b@hooks.example/' }, '/url'],
    ['to no URL', { url: 'hooks' }, '/url'],
    ['without a reason', { reason: undefined }, '/reason'],
    ['of no kinds', { kinds: [] }, '/kinds'],
    ['of a kind that none can have', { kinds: ['Plan Landed'] }, '/kinds/0'],
    ['of a rollout by another name', { rollout: 'next' }, '/rollout'],
  ])('one %s is 400', async (_why, change, pointer) => {
    const { status, body } = await create(change)
    expect([status, body.errors[0].pointer]).toEqual([400, pointer])
  })

  test('an origin that the service was told of may be plain HTTP; a rollout must be there', async () => {
    expect((await create({ url: 'http://inside.example:8080/hook' })).status).toBe(201)
    const { status, body } = await create({ rollout: `roll_${'0'.repeat(26)}` })
    expect([status, body.code]).toEqual([404, 'not-found'])
  })

  test('are listed in pages, tested, resumed and deleted, each told in the audit', async () => {
    const { id } = (await create()).body
    const first = (await call('get', '?limit=1')).body
    expect(first.items).toHaveLength(1)
    expect((await call('get', `?limit=1&cursor=${first.next_cursor}`)).body.items[0].id).not.toBe(
      first.items[0].id,
    )
    const bad = await call('get', `/${id}/deliveries?cursor=nonsense`)
    expect([bad.status, bad.body.code]).toEqual([400, 'bad-cursor'])
    const pinged = await call('post', `/${id}/test`)
    expect([pinged.status, pinged.body.message]).toEqual([202, expect.stringMatching(/^msg_/)])
    expect((await call('post', `/${id}/resume`, { reason: 'back' })).status).toBe(200)
    expect((await call('get', `/${id}/deliveries`)).body).toEqual({ items: [], next_cursor: null })
    expect((await call('delete', `/${id}`)).status).toBe(204)
    expect((await call('get', `/${id}`)).status).toBe(404)
    const audit = await api.call({ method: 'get', path: `/v1/audit?target=${id}`, as: api.admin })
    const told = ['webhook.create', 'webhook.test', 'webhook.resume', 'webhook.delete']
    expect(audit.body.items.map((e: { action: string }) => e.action)).toEqual(told)
  })

  test.each([
    ['get', ''],
    ['post', ''],
  ])('are for admins alone: %s', async (method, path) => {
    for (const role of ['viewer', 'operator']) {
      const as = await createKey(api, role)
      const response = await api.call({ method, path: `/v1/webhooks${path}`, as, body: undefined })
      expect([response.status, response.body.code]).toEqual([403, 'forbidden'])
    }
  })
})
