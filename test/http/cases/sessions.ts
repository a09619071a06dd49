import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '../api.ts'

const HOUR_MS = 3600_000

describe('sessions', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  const create = (as: string) => api.call({ method: 'post', path: '/v1/sessions', as, body: {} })
  const current = (as: string) => api.call({ method: 'get', path: '/v1/sessions/current', as })
  const end = (as: string) => api.call({ method: 'delete', path: '/v1/sessions/current', as })
  const mint = async (body: object) =>
    (await api.call({ method: 'post', path: '/v1/keys', as: api.admin, body })).body as {
      id: string
      key: string
    }
  const at = async <T>(ms: number, work: () => Promise<T>): Promise<T> => {
    const start = api.clock.now
    api.clock.now = new Date(start.getTime() + ms)
    try {
      return await work()
    } finally {
      api.clock.now = start
    }
  }

  test('a session may what its key may, and says whose it is', async () => {
    const { id, key } = await mint({ role: 'viewer', name: 'looks' })
    const made = await create(key)
    expect([made.status, made.body.role, made.body.name]).toEqual([201, 'viewer', 'looks'])
    const { token, ...rest } = made.body
    expect((await current(token)).body).toEqual(rest)
    expect(rest.key).toBe(id)
    const hosts = await api.call({ method: 'get', path: '/v1/hosts', as: token })
    const keys = await api.call({ method: 'get', path: '/v1/keys', as: token })
    expect([hosts.status, keys.status]).toEqual([200, 403])
  })

  test.each<[why: string, ends: (key: { id: string }, token: string) => Promise<unknown>]>([
    ['it is ended', (_key, token) => end(token)],
    ['its key is revoked', ({ id }) => api.call({ method: 'delete', path: `/v1/keys/${id}`, as: api.admin })],
  ])('a session is good until %s', async (_why, ends) => {
    const key = await mint({ role: 'viewer', name: 'ends' })
    const { token } = (await create(key.key)).body
    expect((await current(token)).status).toBe(200)
    await ends(key, token)
    expect((await current(token)).status).toBe(401)
  })

  test.each<[why: string, key: object, lastsMs: number]>([
    ['twelve hours', { role: 'viewer', name: 'lasts' }, 12 * HOUR_MS],
    ['no longer than its key', { role: 'viewer', name: 'brief', expires_in: 3600 }, HOUR_MS],
  ])('a session lasts %s', async (_why, key, lastsMs) => {
    const { token, expires_at } = (await create((await mint(key)).key)).body
    expect(Date.parse(expires_at) - api.clock.now.getTime()).toBe(lastsMs)
    expect((await at(lastsMs - 1, () => current(token))).status).toBe(200)
    expect((await at(lastsMs, () => current(token))).status).toBe(401)
  })

  test('a session cannot make itself last', async () => {
    const { token } = (await create(api.admin)).body
    const again = await create(token)
    expect([again.status, again.body.code]).toEqual([403, 'forbidden'])
  })

  test('a key is no session', async () => {
    expect((await current(api.admin)).body.code).toBe('not-found')
    expect((await end(api.admin)).body.code).toBe('not-found')
  })

  test('its secret is nowhere in the database', async () => {
    const { id, token } = (await create(api.admin)).body
    const row = await api.store.sessions.get(id)
    expect(JSON.stringify(row)).not.toContain(token.split('_').at(-1))
  })

  test('those that have ended are forgotten with the next sign-in', async () => {
    const { id } = (await create(api.admin)).body
    await at(13 * HOUR_MS, () => create(api.admin))
    expect(await api.store.sessions.get(id)).toBeNull()
  })
})
