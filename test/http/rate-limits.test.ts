import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startApi, type Api } from './api.ts'
import { createKey, enroll } from './fixtures.ts'

const BUDGET = 4
const AGENT_BUDGET = 2

let calm: Api
let api: Api
beforeEach(async () => {
  // What a test needs is made by a service that counts nobody, on the same database.
  calm = await startApi()
})
afterEach(async () => {
  vi.useRealTimers()
  await api.close()
  await calm.close()
})

const start = async (config: object = {}) => {
  api = await startApi({
    config: { rateLimit: BUDGET, agentRateLimit: AGENT_BUDGET, ...config },
    beside: calm,
  })
}
const ask = async (as?: string, headers: Record<string, string> = {}, path = '/v1/hosts') =>
  (await api.call({ method: 'get', path, as, headers })).status
const askOften = async (times: number, as?: string, headers?: Record<string, string>) => {
  const statuses: number[] = []
  for (let i = 0; i < times; i++) statuses.push(await ask(as, headers))
  return statuses
}
const wrong = (key: string) => key.replace(/[0-9a-f]{64}$/, '0'.repeat(64))

test('a key has its budget, to the last request, and begins anew when the minute is over', async () => {
  const key = await createKey(calm, 'viewer')
  await start()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  expect(await askOften(BUDGET + 1, key)).toEqual([...Array<number>(BUDGET).fill(200), 429])
  vi.setSystemTime(Date.now() + 59_999)
  expect(await ask(key)).toBe(429)
  vi.setSystemTime(Date.now() + 1)
  expect(await ask(key)).toBe(200)
})

test('who has spent his budget waits for a minute, and not for a clock that was put back by hours', async () => {
  const key = await createKey(calm, 'viewer')
  await start()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  await askOften(BUDGET + 1, key)
  vi.setSystemTime(Date.now() - 5 * 3_600_000)
  expect(await askOften(BUDGET + 1, key)).toEqual([...Array<number>(BUDGET).fill(200), 429])
  vi.setSystemTime(Date.now() + 60_000)
  expect(await ask(key)).toBe(200)
})

test('a key that is used up takes nothing from another at the same address', async () => {
  const [one, other] = [await createKey(calm, 'viewer'), await createKey(calm, 'viewer')]
  await start()
  await askOften(BUDGET + 1, one)
  expect([await ask(one), await ask(other)]).toEqual([429, 200])
})

test('sessions spend what is their key’s', async () => {
  const key = await createKey(calm, 'viewer')
  const traded = async () =>
    (await calm.call({ method: 'post', path: '/v1/sessions', as: key, body: {} })).body.token as string
  const [first, second] = [await traded(), await traded()]
  await start()
  await askOften(BUDGET, first)
  expect([await ask(second), await ask(key)]).toEqual([429, 429])
})

test('failed authentications are limited by address, whatever they claim to be', async () => {
  const key = await createKey(calm, 'viewer')
  const host = await enroll(calm)
  await start()
  const tries = [undefined, 'nonsense', wrong(key), wrong(host.credential)]
  const statuses = []
  for (const as of tries) statuses.push(await ask(as))
  expect(statuses).toEqual([401, 401, 401, 401])
  for (const as of tries) expect(await ask(as)).toBe(429)
  const enrol = { method: 'post', path: '/v1/agent/enroll', body: {} }
  expect((await api.call(enrol)).status).toBe(429)
})

test('whoever has no credential uses up nobody’s budget, not even that of whose name he uses', async () => {
  const key = await createKey(calm, 'viewer')
  const host = await enroll(calm)
  await start()
  for (let i = 0; i < 3 * BUDGET; i++) await ask(i % 2 ? wrong(key) : wrong(host.credential))
  expect(await askOften(BUDGET, key)).toEqual(Array(BUDGET).fill(200))
  const own = await api.call({ method: 'get', path: '/v1/agent/assignment', as: host.credential })
  expect(own.status).toBe(204)
})

test('agents have a budget of their own size', async () => {
  const host = await enroll(calm)
  await start()
  const path = '/v1/agent/assignment'
  const statuses = []
  for (let i = 0; i <= AGENT_BUDGET; i++) statuses.push(await ask(host.credential, {}, path))
  expect(statuses).toEqual([204, 204, 429])
})

test('who is asked whether it is well answers without end', async () => {
  await start()
  for (let i = 0; i <= 2 * BUDGET; i++) expect(await ask(undefined, {}, '/livez')).toBe(200)
})

test('nobody gets another budget by saying that he is elsewhere', async () => {
  await start()
  const from = (address: string) => ({ 'x-forwarded-for': address })
  for (let i = 0; i < BUDGET; i++) expect(await ask(undefined, from(`192.0.2.${i}`))).toBe(401)
  expect(await ask(undefined, from('192.0.2.99'))).toBe(429)
})

test.each<[why: string, first: string, then: string, status: number]>([
  ['another address', '192.0.2.1', '192.0.2.2', 401],
  ['the same one, as IPv6 says it', '192.0.2.1', '::ffff:192.0.2.1', 429],
  ['another of the same network', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', 429],
  ['one of another network', '2001:db8:0:1::1', '2001:db8:0:2::1', 401],
  ['the same one, which says that it asks for another', '192.0.2.1', '198.51.100.7, 192.0.2.1', 429],
])('behind a proxy that tells addresses: %s', async (_why, first, then, status) => {
  await start({ trustProxy: 1 })
  await askOften(BUDGET, undefined, { 'x-forwarded-for': first })
  expect(await ask(undefined, { 'x-forwarded-for': first })).toBe(429)
  expect(await ask(undefined, { 'x-forwarded-for': then })).toBe(status)
})
