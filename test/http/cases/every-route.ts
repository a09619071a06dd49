import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Store } from '../../../src/store/open-store.ts'
import { startApi, type Api } from '../api.ts'
import { failing, gated } from '../broken-stores.ts'
import { buildWorld, exampleOf, operations, requestFor, UNKNOWN, type World } from '../world.ts'

const writing = operations.filter((op) => op.method !== 'get')
// What stores nothing, or the same thing once, has no use for an Idempotency-Key.
const KEYLESS = ['whatIf', 'tryPolicy', 'createSnapshots']
const posting = operations.filter((op) => op.method === 'post' && !KEYLESS.includes(op.id))
// What goes on for as long as somebody listens has no digest, and what counts requests is never the same twice.
const reading = operations.filter(
  (op) => op.method === 'get' && !['followEvents', 'getMetrics'].includes(op.id),
)
const service = operations.filter((op) => op.template.startsWith('/v1/') || op.id === 'getMetrics')
// A pool is there as soon as somebody sets it, and so are FleetLock and a pause.
const SET = ['setLeasePool', 'setFleetlock', 'setPause']
const named = operations.filter((op) => op.template.includes('{') && !SET.includes(op.id))

/** Once it is known who asks, no database has to be read. */
const KEEPS_NOTHING = ['listSigningKeys']

const LIST = { method: 'get', path: '/v1/hosts' }

describe('every route', () => {
  let api: Api
  let world: World
  beforeAll(async () => {
    api = await startApi()
    world = await buildWorld(api)
    await api.call({ method: 'post', path: `/v1/plans/${world.params['planId']}/assign`, as: api.admin })
  })
  afterAll(() => api.close())

  test.each(operations)('$id: an unknown query parameter 400', async (op) => {
    const call = requestFor(op, api, world)
    const path = `${call.path}${call.path.includes('?') ? '&' : '?'}nonsense=1`
    const response = await api.call({ ...call, path })
    expect([response.status, response.body.code]).toEqual([400, 'invalid-input'])
    expect(response.body.errors).toContainEqual({
      pointer: 'query/nonsense',
      code: 'unknown-field',
      detail: 'unknown field',
    })
  })

  test.each(writing)('$id: a body that is no JSON 400, of another type 415', async (op) => {
    const call = requestFor(op, api, world)
    const torn = await api.call({ ...call, body: '{', headers: { 'content-type': 'application/json' } })
    expect([torn.status, torn.body.code]).toEqual([400, 'malformed-body'])
    const text = await api.call({ ...call, body: 'x', headers: { 'content-type': 'text/plain' } })
    expect([text.status, text.body.code]).toEqual([415, 'unsupported-media-type'])
  })

  test.each(named)('$id: what is not there 404', async (op) => {
    const call = requestFor(op, api, world, { ...world.params, ...UNKNOWN })
    const response = await api.call({ ...call, body: requestFor(op, api, world).body })
    expect([response.status, response.body.code]).toEqual([404, 'not-found'])
  })

  test.each(reading)('$id: 200 with a strong ETag, and 304 to who has it', async (op) => {
    const call = requestFor(op, api, world)
    const first = await api.call(call)
    expect(first.status).toBe(200)
    expect(first.headers['etag']).toMatch(/^"[\w-]+"$/)
    const again = await api.call({
      ...call,
      headers: { 'if-none-match': `"other", ${first.headers['etag']}` },
    })
    expect([again.status, again.text]).toEqual([304, ''])
    const other = await api.call({ ...call, headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
  })

  test.each(posting)('$id: an Idempotency-Key that came with another request 422', async (op) => {
    const call = requestFor(op, api, world)
    const headers = { 'idempotency-key': `reused-${op.id}` }
    const before = { ...call, headers, ...other(op.id, world) }
    expect((await api.call(before)).status).toBeLessThan(300)
    const response = await api.call({ ...call, headers })
    expect([response.status, response.body.code]).toEqual([422, 'idempotency-key-reused'])
  })
})

/** Another request that the same credential may make and that works. */
function other(id: string, { params, host }: World) {
  if (id === 'createReport' || id === 'createCredential') {
    const body = { boot_id: 'other', files: {} }
    return {
      path: `/v1/hosts/${host.id}/snapshots?plan=${params['bootEntryId']}`,
      body: { ...body, ...snapshotBody },
    }
  }
  const machine = {
    token: params['token'],
    machine_id: 'other',
    hostname: 'h',
    arch: 'arm64',
    hardware_model: '',
  }
  if (id === 'enrollAgent') return { body: machine }
  return { path: '/v1/keys', body: { role: 'viewer', name: 'other' } }
}

const snapshotBody = exampleOf('NewSnapshot')

describe('every route, of a service in trouble', () => {
  test.each([
    [
      'over its budget 429',
      { config: { rateLimit: 3, agentRateLimit: 3 } },
      429,
      'too-many-requests',
      service,
    ],
    ['under pressure 503', { config: { maxHeapBytes: 1 } }, 503, 'unavailable', service],
    ['its body too large 413', { config: { bodyLimit: 10 } }, 413, 'body-too-large', writing],
  ])('%s', async (_why, options, status, code, ops) => {
    const calm = await startApi()
    const world = await buildWorld(calm)
    const { calls, close } = await sameStore(calm, options)
    // The process is looked at once a second.
    if (status === 503)
      await vi.waitUntil(async () => (await calls(LIST)).status === 503, { timeout: 30_000 })
    for (const op of ops) {
      const body = op.method === 'get' ? undefined : { long: 'x'.repeat(100) }
      const call = { ...requestFor(op, calm, world), ...(status === 413 && { body, headers: {} }) }
      let response = await calls(call)
      for (let i = 0; status === 429 && i < 3; i++) response = await calls(call)
      expect([op.id, response.status, response.body.code]).toEqual([op.id, status, code])
      if (status !== 413) expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
      if (status === 429) expect(response.headers['ratelimit']).toMatch(/^"(agent|key|address)";r=0;t=\d+$/)
    }
    if (status === 503) expect((await calls({ method: 'get', path: '/livez' })).status).toBe(200)
    await close()
    await calm.close()
  })

  test('with a database that fails 500, and no word of why', async () => {
    const calm = await startApi()
    const world = await buildWorld(calm)
    let hostsFail = true
    const broken = (store: Store): Store => failing(store, () => hostsFail)
    const { calls, close } = await sameStore(calm, { broken })
    for (const op of service.filter(({ id }) => !KEEPS_NOTHING.includes(id))) {
      hostsFail = !op.hostOnly
      const response = await calls(requestFor(op, calm, world))
      expect([op.id, response.status, response.body.code]).toEqual([op.id, 500, 'internal'])
      expect(response.text).not.toContain('broken')
    }
    const ready = await calls({ method: 'get', path: '/readyz' })
    expect([ready.status, ready.body.code]).toEqual([503, 'unavailable'])
    await close()
    await calm.close()
  })

  test('the first of two requests with one key still runs: 409, then both have one effect', async () => {
    const calm = await startApi()
    const world = await buildWorld(calm)
    const gate = gated()
    const { calls, close } = await sameStore(calm, { broken: gate.around })
    for (const op of posting) {
      const call = { ...requestFor(op, calm, world), headers: { 'idempotency-key': `twice-${op.id}` } }
      const entered = gate.hold()
      const first = calls(call)
      await entered
      const second = await calls(call)
      expect([op.id, second.status, second.body.code]).toEqual([op.id, 409, 'request-in-flight'])
      gate.open()
      await first
    }
    await close()
    await calm.close()
  })
})

/** Another service on the store of the first: what is in it was made in peace. */
async function sameStore(calm: Api, options: Parameters<typeof startApi>[0]) {
  const around = options?.broken ?? ((store: Store) => store)
  const api = await startApi({ ...options, broken: () => around(calm.store) })
  return { calls: api.call, close: api.close }
}
