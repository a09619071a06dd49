import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { newId } from '../../src/store/new-id.ts'
import { rawSql } from '../store/raw-sql.ts'
import { SERVER } from '../database.ts'
import { startApi, type Api } from './api.ts'
import { bootedAt, createKey, enroll, post, X86 } from './fixtures.ts'
import { rolling, voices, MINUTE_MS } from './rolling.ts'

const HOURS_5 = 5 * 60 * MINUTE_MS

let api: Api
beforeEach(async () => {
  api = await startApi()
})
afterEach(async () => {
  vi.useRealTimers()
  await api.close()
})

const jump = (ms: number) => {
  api.clock.now = new Date(api.clock.now.getTime() + ms)
}
const get = async (path: string, as = api.admin) => api.call({ method: 'get', path: `/v1${path}`, as })
const idsIn = async (path: string) =>
  (await get(path)).body.items.map((item: { id: string }) => item.id) as string[]

describe.each([
  ['ahead', HOURS_5],
  ['back', -HOURS_5],
])('a clock that goes %s by hours', (_way, ms) => {
  test('lists and histories keep the order in which things were done', async () => {
    const made: string[] = []
    for (const step of [0, ms, -ms, ms]) {
      jump(step)
      made.push((await enroll(api)).id)
    }
    expect(await idsIn('/hosts')).toEqual(made)
    const { items } = (await get('/audit')).body as { items: { seq: number; id: string; target: string }[] }
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, i) => i + 1))
    expect([...items].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(items)
    expect(items.filter(({ target }) => made.includes(target)).map(({ target }) => target)).toEqual(made)
  })

  // On PostgreSQL the database gives turns, and nobody has others.
  const onFiles = SERVER === undefined ? test : null
  onFiles?.('ids go on behind what another process has made by a clock that was ahead', async () => {
    await enroll(api)
    const ahead = `ev_7zzzzzzzzz${'0'.repeat(16)}`
    await rawSql(
      api.databaseUrl,
      `INSERT INTO "Session" ("id", "secretHash", "keyId", "createdAt", "expiresAt")
        VALUES ('${ahead}', '', '', '2030-01-01T00:00:00.000+00:00', '2030-01-01T00:00:00.000+00:00')`,
    )
    jump(ms)
    const next = await api.store.write(async () => newId('ev', api.clock.now))
    expect(next > ahead).toBe(true)
  })

  test('one key has one effect', async () => {
    const once = () =>
      api.call({
        ...{ method: 'post', path: '/v1/keys', as: api.admin, body: { role: 'viewer', name: 'once' } },
        headers: { 'idempotency-key': 'k' },
      })
    const first = await once()
    jump(ms)
    const second = await once()
    expect([second.status, second.body]).toEqual([201, first.body])
    jump(-ms)
    expect((await once()).body).toEqual(first.body)
  })

  test('what was revoked stays so', async () => {
    const key = await createKey(api, 'viewer')
    const id = (await idsIn('/keys')).at(-1) ?? ''
    expect((await get('/hosts', key)).status).toBe(200)
    await api.call({ method: 'delete', path: `/v1/keys/${id}`, as: api.admin })
    jump(ms)
    expect((await get('/hosts', key)).status).toBe(401)
  })

  test('an agent that waits is answered when its time is over, whatever the clock shows', async () => {
    const host = await enroll(api)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const waiting = get('/agent/assignment?wait=1', host.credential)
    await vi.waitUntil(() => true, { timeout: 100 })
    jump(ms)
    vi.setSystemTime(Date.now() + ms)
    expect((await waiting).status).toBe(204)
  })

  test('no two hosts hold one lease', async () => {
    const { hosts, rollout } = await rolling(api, 2, { waves: [{ percent: 100 }], soak_seconds: 0 })
    const [one, other] = hosts as [(typeof hosts)[0], (typeof hosts)[0]]
    const { ask, say, memberOf } = voices(api)
    const pool = { slots: 1, ttl_seconds: 3600, reason: 'one at a time' }
    const headers = { 'if-match': '*' }
    await api.call({ method: 'put', path: '/v1/lease-pools/default', as: api.admin, body: pool, headers })
    const holders = async () =>
      (await get('/leases')).body.items.map(({ holder }: { holder: string }) => holder) as string[]
    const first = await ask(one)
    expect(first.status).toBe(200)
    const plan = first.body.plan.id as string
    await say(one, plan, 'loaded')

    jump(ms)
    const second = await ask(other)
    const going = await say(one, plan, 'executing')
    const seen = [second.status, going.status, going.body.code, await holders()]
    if (ms > 0) {
      // Its leave has ended by the clock, and it is told so before it reboots: only the other may.
      expect(seen).toEqual([200, 409, 'not-now', [other.id]])
      return
    }
    expect(seen).toEqual([204, 200, undefined, [one.id]])

    // Back in order: who was away comes back, and the other gets his turn.
    const { body } = await get(`/plans/${plan}`)
    await post(api, one, bootedAt(X86, Number(body.body.expected.kernel_code[0])))
    expect((await memberOf(rollout, one)).state).toBe('landed')
    const next = await ask(other)
    expect([next.status, await holders()]).toEqual([200, [other.id]])
  })
})

test('a session ends by the clock as it is: when that is put right, it is what it was', async () => {
  const body = (await api.call({ method: 'post', path: '/v1/sessions', as: api.admin, body: {} })).body
  const status = async () => (await get('/hosts', body.token as string)).status
  expect(await status()).toBe(200)
  jump(24 * HOURS_5)
  expect(await status()).toBe(401)
  jump(-24 * HOURS_5)
  expect(await status()).toBe(200)
  jump(-HOURS_5)
  expect(await status()).toBe(200)
})
