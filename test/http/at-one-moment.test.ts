import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Store } from '../../src/store/open-store.ts'
import { startApi, type Api } from './api.ts'

const POOL = 'torn'

let api: Api
/** Runs once, between two reads of the next request. */
let between: (() => Promise<unknown>) | null = null
beforeAll(async () => {
  const broken = (store: Store): Store => {
    const of = (async (pool: string) => {
      const change = between
      between = null
      await change?.()
      return store.leases.of(pool)
    }) as Store['leases']['of']
    return { ...store, leases: { ...store.leases, of } }
  }
  api = await startApi({ broken })
})
afterAll(() => api.close())

const GROUP = { slots: 1, ttl_seconds: 60, enabled: true, reason: 'before' }
const put = (path: string, body: object, etag = '*') =>
  api.call({ method: 'put', path, as: api.admin, body, headers: { 'if-match': etag } })

test.each<[what: string, path: string, body: object]>([
  ['a pool of leases', `/v1/lease-pools/${POOL}`, { slots: 7, ttl_seconds: 70, reason: 'after' }],
  ['a FleetLock group', `/v1/groups/${POOL}/fleetlock`, { ...GROUP, slots: 7, reason: 'after' }],
])('who reads %s as it changes has it as it is then, and can go by its ETag', async (_what, path, body) => {
  const fleetlock = `/v1/groups/${POOL}/fleetlock`
  await api.call({ method: 'put', path: fleetlock, as: api.admin, body: GROUP })
  between = () => put(path, body)
  const seen = await api.call({ method: 'get', path, as: api.admin })
  expect(between).toBe(null)
  expect(seen.body).toMatchObject({ slots: 7, reason: 'after' })
  expect((await put(path, body, seen.headers['etag'] ?? '')).status).toBe(200)
})
