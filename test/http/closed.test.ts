import { expect, test, vi } from 'vitest'
import { heapInUse } from '../faults/hostile/heap.ts'
import { startApi } from './api.ts'

test('a service that was scraped and then closed is held by nobody', async () => {
  const closed = await scrapedAndClosed()
  await vi.waitUntil(async () => (await heapInUse()) > 0 && closed.deref() === undefined, { timeout: 20_000 })
  expect(closed.deref()).toBeUndefined()
})

async function scrapedAndClosed(): Promise<WeakRef<object>> {
  const api = await startApi()
  const answer = await api.call({ method: 'get', path: '/metrics', as: api.admin })
  expect(answer.status).toBe(200)
  await api.close()
  return new WeakRef(api.app)
}
