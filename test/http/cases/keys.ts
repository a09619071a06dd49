import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'
import { createKey } from '../fixtures.ts'

describe('keys and the audit', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ config: { logLevel: 'trace' } })
  })
  afterAll(() => api.close())

  const create = (body: object, headers = {}) =>
    api.call({ method: 'post', path: '/v1/keys', as: api.admin, body, headers })
  const hostsAs = async (as: string) => (await api.call({ method: 'get', path: '/v1/hosts', as })).status

  test('a key works until it is revoked, from the next request on', async () => {
    const { id, key } = (await create({ role: 'viewer', name: 'short' })).body
    expect(await hostsAs(key)).toBe(200)
    const path = `/v1/keys/${id}`
    expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
    expect(await hostsAs(key)).toBe(401)
    expect((await api.call({ method: 'delete', path, as: api.admin })).status).toBe(204)
  })

  test('a key ends when it expires', async () => {
    const { key } = (await create({ role: 'viewer', name: 'brief', expires_in: 10 })).body
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 9_999)
    expect(await hostsAs(key)).toBe(200)
    api.clock.now = new Date(start.getTime() + 10_000)
    expect(await hostsAs(key)).toBe(401)
    api.clock.now = start
  })

  test('the last use is kept to the minute', async () => {
    const { id, key } = (await create({ role: 'viewer', name: 'used' })).body
    const row = async () => {
      const { items } = (await api.call({ method: 'get', path: '/v1/keys', as: api.admin })).body
      return items.find((k: { id: string }) => k.id === id)
    }
    expect((await row()).last_used_at).toBeNull()
    await hostsAs(key)
    expect((await row()).last_used_at).toBe(api.clock.now.toISOString())
    expect(JSON.stringify(await row())).not.toContain(key.split('_').at(-1))
  })

  test('a repeated request gets the very same key, for 24 hours, and it is stored nowhere in clear', async () => {
    const headers = { 'idempotency-key': 'k-1' }
    const body = { role: 'viewer', name: 'repeated' }
    const first = await create(body, headers)
    expect((await create(body, headers)).text).toBe(first.text)
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + 24 * 3600_000 - 1)
    expect((await create(body, headers)).text).toBe(first.text)
    const changed = await create({ ...body, name: 'changed' }, headers)
    expect([changed.status, changed.body.code]).toEqual([422, 'idempotency-key-reused'])
    api.clock.now = new Date(start.getTime() + 24 * 3600_000)
    expect((await create(body, headers)).body.id).not.toBe(first.body.id)
    api.clock.now = start
    const secret = first.body.key.split('_').at(-1)
    const row = await api.store.keys.get(first.body.id)
    expect(JSON.stringify(row)).not.toContain(secret)
  })

  test.each([
    ['empty', ''],
    ['with a space', 'a b'],
    ['too long', 'x'.repeat(256)],
  ])('an Idempotency-Key that is %s is 400', async (_why, key) => {
    const response = await create({ role: 'viewer', name: 'x' }, { 'idempotency-key': key })
    expect([response.status, response.body.errors?.[0].pointer]).toEqual([400, 'header/idempotency-key'])
  })

  test('the audit says who did what, and is found by target', async () => {
    const { id } = (await create({ role: 'operator', name: 'audited' }, { 'x-request-id': 'req-7' })).body
    const path = `/v1/audit?target=${id}`
    const { items } = (await api.call({ method: 'get', path, as: api.admin })).body
    expect(items).toHaveLength(1)
    const [, , admin] = api.admin.split('_')
    const said = { actor: `key_${admin}`, action: 'key.create', request_id: 'req-7' }
    expect(items[0]).toMatchObject({ ...said, detail: { role: 'operator', name: 'audited' } })
    const all = (await api.call({ method: 'get', path: '/v1/audit?actor=start', as: api.admin })).body.items
    expect(all.map((e: { action: string }) => e.action)).toEqual(['key.create'])
  })

  test('ids and traces are echoed and logged, and no secret reaches the log', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const { headers, body } = await create(
      { role: 'viewer', name: 'x' },
      { 'x-request-id': 'mine', traceparent },
    )
    expect([headers['x-request-id'], headers['traceparent']]).toEqual(['mine', traceparent])
    const own = await create(
      { role: 'viewer', name: 'x' },
      { 'x-request-id': 'not a sane id', traceparent: 'x' },
    )
    expect(own.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(own.headers['traceparent']).toBeUndefined()
    api.app.log.info({
      authorization: 'Bearer s3cret',
      req: { token: 's3cret' },
      a: { b: { credential: 's3cret' } },
    })
    const log = api.logged.join('')
    expect(log).toContain('"reqId":"mine"')
    expect(log).toContain(traceparent)
    for (const secret of [api.admin, body.key, 's3cret']) expect(log).not.toContain(secret)
  })

  test('neither the server nor another origin is told of', async () => {
    const { headers } = await api.call({
      method: 'get',
      path: '/livez',
      headers: { origin: 'http://elsewhere' },
    })
    expect(Object.keys(headers)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(server|x-powered-by|access-control-)/)]),
    )
  })

  test.each([
    ['viewer', 'get', '/v1/hosts', 200],
    ['viewer', 'get', '/v1/audit', 403],
    ['viewer', 'post', '/v1/enrollment-tokens', 403],
    ['viewer', 'get', '/v1/agent/assignment', 403],
    ['operator', 'post', '/v1/enrollment-tokens', 201],
    ['operator', 'get', '/v1/keys', 403],
    ['operator', 'get', '/v1/agent/assignment', 403],
    ['admin', 'get', '/v1/keys', 200],
    ['admin', 'get', '/v1/agent/assignment', 403],
  ])('a key of role %s: %s %s is %i', async (role, method, path, status) => {
    const as = await createKey(api, role)
    const response = await api.call({ method, path, as, body: method === 'post' ? {} : undefined })
    expect(response.status).toBe(status)
  })
})
