import { createServer, type Server } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guardedFetch, guardedLookup } from '../../../src/http/outbound/guarded-fetch.ts'

let server: Server
let connections = 0
let port: number
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/elsewhere') response.writeHead(302, { location: 'http://127.0.0.1:1/' })
    response.end('here')
  })
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Every name leads where it is told. */
const leading =
  (...addresses: string[]): LookupFunction =>
  (_name, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

const causeOf = (thrown: unknown) => {
  const { cause, message } = thrown as Error
  return cause instanceof Error ? cause.message : message
}

test.each<[why: string, lookup: LookupFunction, url: () => string, refused: RegExp]>([
  [
    'a name that leads to loopback',
    leading('127.0.0.1'),
    () => `https://hooks.example:${port}/`,
    /127\.0\.0\.1 \(loopback\)/,
  ],
  [
    'one bad address among good ones',
    leading('1.1.1.1', '10.0.0.1'),
    () => `https://hooks.example:${port}/`,
    /10\.0\.0\.1 \(private\)/,
  ],
  ['a mapped address', leading('::ffff:127.0.0.1'), () => `https://hooks.example:${port}/`, /not public/],
  ['a name that leads nowhere', leading(), () => `https://hooks.example:${port}/`, /nowhere/],
  ['the real localhost', undefined as never, () => `https://localhost:${port}/`, /leads to/],
  [
    'a literal address, which no lookup sees',
    leading('1.1.1.1'),
    () => `https://127.0.0.1:${port}/`,
    /loopback/,
  ],
  ['plain HTTP', leading('127.0.0.1'), () => `http://hooks.example:${port}/`, /must be https/],
])('%s is refused before anything connects', async (_why, lookup, url, refused) => {
  const before = connections
  const guarded = lookup === undefined ? guardedFetch([]) : guardedFetch([], lookup)
  const thrown = await guarded.fetch(url()).catch((error: unknown) => error)
  expect(causeOf(thrown)).toMatch(refused)
  expect(connections).toBe(before)
  await guarded.close()
})

test('a listed origin is reached where it is, and a redirect is an answer', async () => {
  const guarded = guardedFetch([`http://127.0.0.1:${port}`])
  const answer = await guarded.fetch(`http://127.0.0.1:${port}/`)
  expect([answer.status, await answer.text()]).toEqual([200, 'here'])
  const redirect = await guarded.fetch(`http://127.0.0.1:${port}/elsewhere`, { redirect: 'manual' })
  expect(redirect.status).toBe(302)
  await redirect.body?.cancel()
  await guarded.close()
})

test.each([
  ['all of them', true, [{ address: '1.1.1.1', family: 4 }]],
  ['the first', false, '1.1.1.1'],
])('what is good is handed on as it was asked for: %s', (_why, all, want) => {
  let got: unknown
  guardedLookup(leading('1.1.1.1'))('hooks.example', { all }, (_error, found) => (got = found))
  expect(got).toEqual(want)
})
