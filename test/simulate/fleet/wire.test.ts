import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { virtualClock, type Clock } from '../../../src/simulate/fleet/clock.ts'
import { layWire, type Fate } from '../../../src/simulate/fleet/wire.ts'

const URL_OF_A = 'http://i1.a.fleet.invalid/path?x=1'
const arrived: string[] = []
let service = ''
const server = createServer((asked, answer) => {
  let body = ''
  asked.on('data', (part) => (body += String(part)))
  asked.on('end', () => {
    arrived.push(`${asked.method} ${asked.url} ${asked.headers['x-from']} ${body}`)
    answer.writeHead(201, { 'content-type': 'application/json', etag: '"1"' })
    answer.end(JSON.stringify({ nth: arrived.length }))
  })
})
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  service = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

let takeAway: (() => Promise<void>) | null = null
afterEach(async () => {
  await takeAway?.()
  takeAway = null
  arrived.length = 0
})

interface Laid {
  readonly clock: Clock
  readonly told: string[]
}

function lay(fate: Fate, more: { readonly isDown?: boolean; readonly isDead?: boolean } = {}): Laid {
  const clock = virtualClock({ start: 0, slackMs: 0 })
  const told: string[] = []
  takeAway = layWire({
    clock,
    service: () => (more.isDown ? null : service),
    fateOf: () => fate,
    lateMs: () => 5000,
    answered: ({ from, method, path }, { status, body }) =>
      told.push(`${from} ${method} ${path} ${status} ${body}`),
    listens: () => !more.isDead,
  })
  return { clock, told }
}

async function ask(): Promise<string> {
  const answer = await request(URL_OF_A, { method: 'POST', headers: { 'x-from': 'test' }, body: '{"a":1}' })
  return `${answer.statusCode} ${String(answer.headers['etag'])} ${await answer.body.text()}`
}

test.each<[why: string, fate: Fate, arrivals: number, heard: string | null]>([
  ['as it is', 'delivered', 1, '201 "1" {"nth":1}'],
  ['never arrives', 'question-lost', 0, null],
  ['is done, and nobody hears of it', 'answer-lost', 1, null],
  ['is done twice, and the second answer is heard', 'doubled', 2, '201 "1" {"nth":2}'],
])('a question %s', async (_why, fate, arrivals, heard) => {
  const { told } = lay(fate)
  if (heard === null) await expect(ask()).rejects.toThrow('other side closed')
  else expect(await ask()).toBe(heard)
  expect(arrived).toEqual(Array.from({ length: arrivals }, () => 'POST /path?x=1 test {"a":1}'))
  expect(told.length).toBe(arrivals)
})

test('a question is done twice at once, and one answer is heard', async () => {
  const { clock, told } = lay('doubled-at-once')
  expect(await ask()).toMatch(/^201 "1" \{"nth":[12]\}$/)
  await clock.run(() => told.length === 2)
  expect(arrived.length).toBe(2)
})

test('an answer that is late is heard when its time has come, and time does not wait for it', async () => {
  const { clock } = lay('answer-late')
  const asked = ask()
  await clock.run(() => clock.now() >= 5000)
  expect(await asked).toBe('201 "1" {"nth":1}')
  expect(clock.now()).toBe(5000)
})

test('time stands still while a question is on its way', async () => {
  const { clock } = lay('delivered')
  const asked = ask()
  void clock.sleep(60_000)
  const ran = clock.run(() => clock.now() > 0)
  await asked
  expect(clock.now()).toBe(0)
  await ran
})

test('a service that is down refuses, and whoever has ended hears nothing', async () => {
  lay('delivered', { isDown: true })
  await expect(ask()).rejects.toThrow('ECONNREFUSED')
  await takeAway?.()
  lay('delivered', { isDead: true })
  const heard = ask().then(
    () => 'an answer',
    () => 'an error',
  )
  while (arrived.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const nothing = new Promise((resolve) => setTimeout(() => resolve('nothing'), 50))
  expect(await Promise.race([heard, nothing])).toBe('nothing')
})

test('nobody else is in its way', async () => {
  lay('question-lost')
  const answer = await request(service, { method: 'GET' })
  expect(answer.statusCode).toBe(201)
  await answer.body.dump()
})
