import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { FLEETLOCK_KINDS, type FleetlockKind } from '../../../src/wire/fleetlock.ts'
import { startApi, type Api, type ApiOptions } from '../api.ts'
import { failing } from '../broken-stores.ts'

const CALLS = ['pre-reboot', 'steady-state'] as const
const PATH = '/v1/groups/web/fleetlock'
const NEW = { slots: 1, ttl_seconds: 3600, enabled: true, reason: 'test' }

/** What the clients of one kind of server are told; bytes and headers are in test/http/fleetlock.test.ts. */
describe('FleetLock', () => {
  let api: Api
  let base: string
  const met = new Set<string>()
  beforeAll(async () => {
    api = await startApi()
    const made = await api.call({ method: 'put', path: PATH, as: api.admin, body: NEW })
    base = new URL(made.body.base_url).pathname
  })
  afterAll(() => api.close())

  interface Asked {
    readonly id?: string
    readonly group?: string
    readonly base?: string
    readonly body?: string
    readonly headers?: Record<string, string>
  }
  const ask = (call: string, asked: Asked = {}, on = api) => {
    const { id = 'a', group = 'web', headers = { 'fleet-lock-protocol': 'true' } } = asked
    const body = asked.body ?? JSON.stringify({ client_params: { id, group } })
    return on.call({ method: 'post', path: `${asked.base ?? base}v1/${call}`, body, headers })
  }
  const mustRefuse = async (asking: ReturnType<typeof ask>, status: number, kind: FleetlockKind) => {
    const answer = await asking
    expect([answer.status, answer.body.kind]).toEqual([status, kind])
    met.add(kind)
  }
  const put = (change: object, headers: Record<string, string> = { 'if-match': '*' }, path = PATH) =>
    api.call({ method: 'put', path, as: api.admin, body: { ...NEW, ...change }, headers })

  test.each(CALLS)('%s: done, and every refusal of what is wrong with the request', async (call) => {
    expect((await ask(call)).status).toBe(200)
    await mustRefuse(ask(call, { headers: {} }), 400, 'missing_header')
    await mustRefuse(ask(call, { body: '{' }), 400, 'decode_error')
    await mustRefuse(ask(call, { body: 'null' }), 400, 'decode_error')
    await mustRefuse(ask(call, { id: '' }), 400, 'invalid_client_identity')
    await mustRefuse(ask(call, { group: 'db' }), 400, 'unknown_group')
    await mustRefuse(ask(call, { base: '/fleetlock/guess/' }), 404, 'unknown_base_url')
    await mustRefuse(ask(call, { body: 'x'.repeat(20_000) }), 413, 'body_too_large')
  })

  test('a lock is refused when all are taken, by rollouts too, or when they are switched off', async () => {
    expect((await ask('pre-reboot')).status).toBe(200)
    await mustRefuse(ask('pre-reboot', { id: 'b' }), 423, 'failed_lock_semaphore_full')
    expect((await put({ enabled: false })).status).toBe(200)
    await mustRefuse(ask('pre-reboot', { id: 'b' }), 403, 'group_disabled')
    expect((await put({ slots: 2 })).status).toBe(200)
    const at = api.clock.now
    const row = { grantedAt: at, renewedAt: at, expiresAt: new Date(at.getTime() + 1) }
    await api.store.write((rows) =>
      rows.leases.insert({ id: 'lease_1', pool: 'web', fence: 9, holder: 'c', rolloutId: 'roll_1', ...row }),
    )
    await mustRefuse(ask('pre-reboot', { id: 'c' }), 423, 'failed_lock_held_otherwise')
  })

  test('a lock is refused while the fleet or the group is paused', async () => {
    const pause = { path: '/v1/pauses/group:web', as: api.admin }
    await api.call({ ...pause, method: 'put', body: { reason: 'test' } })
    await mustRefuse(ask('pre-reboot', { id: 'd' }), 423, 'failed_lock_paused')
    expect((await ask('steady-state', { id: 'd' })).status).toBe(200)
    const ended = await api.call({
      ...{ ...pause, path: `${pause.path}?reason=test` },
      ...{ method: 'delete', headers: { 'if-match': '*' } },
    })
    expect(ended.status).toBe(204)
  })

  test.each<[FleetlockKind, status: number, ApiOptions]>([
    ['too_many_requests', 429, { config: { rateLimit: 1 } }],
    ['unavailable', 503, { config: { maxHeapBytes: 1 } }],
    ['internal_error', 500, { broken: (store) => failing(store, () => true) }],
  ])('%s %i, of a service in trouble', async (kind, status, options) => {
    const ill = await startApi(options)
    await vi.waitUntil(async () => (await ask('steady-state', {}, ill)).status === status, {
      timeout: 30_000,
    })
    for (const call of CALLS) await mustRefuse(ask(call, {}, ill), status, kind)
    await ill.close()
  })

  test('another method is none of the contract, and is told in its words', async () => {
    const answer = await api.call({ method: 'get', path: `${base}v1/pre-reboot` })
    expect([answer.status, answer.body.kind]).toEqual([405, 'method_not_allowed'])
    met.add('method_not_allowed')
  })

  test('that was every kind of refusal', () => {
    expect([...met].toSorted()).toEqual([...FLEETLOCK_KINDS].toSorted())
  })

  test('it is set and forgotten by who has seen it, and rotated only where it is', async () => {
    expect((await put({}, {})).status).toBe(428)
    expect((await put({}, { 'if-match': '"old"' })).status).toBe(412)
    expect((await put({ rotate: true }, {}, '/v1/groups/none/fleetlock')).status).toBe(404)
    const forget = (headers: Record<string, string>) =>
      api.call({ method: 'delete', path: `${PATH}?reason=test`, as: api.admin, headers })
    expect((await forget({})).status).toBe(428)
    expect((await forget({ 'if-match': '"old"' })).status).toBe(412)
    expect((await forget({ 'if-match': '*' })).status).toBe(204)
  })
})
