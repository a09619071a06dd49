import { expect, test } from 'vitest'
import { probes } from '../../../src/http/rollouts/probe.ts'
import { HealthGate } from '../../../src/wire/rollout-spec.ts'

const ORIGIN = 'http://checks.example:9090'

function answered(status: number, body = ''): typeof globalThis.fetch {
  return async () => new Response(body === '' ? null : body, { status })
}

function vector(...values: string[]): string {
  const result = values.map((value) => ({ metric: {}, value: [0, value] }))
  return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })
}

const scalar = JSON.stringify({ data: { resultType: 'scalar', result: [0, '3'] } })

async function verdictOf(kind: 'http' | 'prometheus', probe: object, fetch: typeof globalThis.fetch) {
  const gate = HealthGate.parse({ id: 'gate', kind, probe: { url: `${ORIGIN}/x?a=1`, ...probe } })
  if (!gate.probe) throw new Error('no probe')
  return (await probes([ORIGIN], fetch).ask(gate, gate.probe)).verdict
}

test.each<[why: string, probe: object, fetch: typeof globalThis.fetch, want: string]>([
  ['any 2xx passes', {}, answered(204), 'pass'],
  ['what is no 2xx fails', {}, answered(503), 'fail'],
  ['the status that is wanted passes', { status: 401 }, answered(401), 'pass'],
  ['and no other', { status: 401 }, answered(200), 'fail'],
  ['an answer that leads elsewhere is not followed', {}, answered(302), 'fail'],
  ['no answer is inconclusive', {}, () => Promise.reject(new Error('refused')), 'inconclusive'],
])('http: %s', async (_why, probe, fetch, want) => {
  expect(await verdictOf('http', probe, fetch)).toBe(want)
})

test.each<[why: string, probe: object, fetch: typeof globalThis.fetch, want: string]>([
  ['the largest value that passes', { most: 3 }, answered(200, vector('3')), 'pass'],
  ['one more fails', { most: 3 }, answered(200, vector('4')), 'fail'],
  ['the smallest value that passes', { least: 3 }, answered(200, vector('3')), 'pass'],
  ['one less fails', { least: 3 }, answered(200, vector('2')), 'fail'],
  ['every value counts', { most: 3 }, answered(200, vector('1', '9')), 'fail'],
  ['a scalar', { most: 3 }, answered(200, scalar), 'pass'],
  ['no value is inconclusive', { most: 3 }, answered(200, vector()), 'inconclusive'],
  ['nor is one that is no number', { most: 3 }, answered(200, vector('NaN')), 'inconclusive'],
  ['nor an error of the server', { most: 3 }, answered(500, vector('1')), 'inconclusive'],
  ['nor what is no answer of its kind', { most: 3 }, answered(200, '{}'), 'inconclusive'],
  ['nor one without bounds to its length', { most: 3 }, answered(200, ' '.repeat(2 ** 20)), 'inconclusive'],
])('prometheus: %s', async (_why, probe, fetch, want) => {
  expect(await verdictOf('prometheus', { query: 'up', ...probe }, fetch)).toBe(want)
})

test('the query is sent beside what the URL has, and nothing is followed', async () => {
  const seen: [string, RequestInit | undefined][] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    seen.push([url as string, init])
    return new Response(vector('1'))
  }
  await verdictOf('prometheus', { query: 'up == 0', most: 1 }, fetch)
  expect(seen[0]?.[0]).toBe(`${ORIGIN}/x?a=1&query=up+%3D%3D+0`)
  expect(seen[0]?.[1]).toMatchObject({ redirect: 'manual', signal: expect.any(AbortSignal) })
})

test.each([
  ['the origin that was told', `${ORIGIN}/any`, true],
  ['another port', 'http://checks.example:9091/', false],
  ['another scheme', 'https://checks.example:9090/', false],
  ['a name that only begins so', 'http://checks.example.evil:9090/', false],
  ['the origin as a user name', `http://checks.example:9090@evil/`, false],
  ['no URL', 'checks', false],
])('may it ask: %s', async (_why, url, want) => {
  const gate = HealthGate.parse({ id: 'gate', kind: 'http' })
  let asked = 0
  const fetch: typeof globalThis.fetch = async () => {
    asked++
    return new Response()
  }
  const those = probes([ORIGIN], fetch)
  expect(those.mayAsk(url)).toBe(want)
  await those.ask(gate, { url })
  expect(asked).toBe(want ? 1 : 0)
})
