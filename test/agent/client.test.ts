import { afterEach, expect, test } from 'vitest'
import { agentClient } from '../../src/agent/index.ts'
import { localService, type Answer, type LocalService } from './local-service.ts'
import { planned } from './planned.ts'

let service: LocalService | null = null
afterEach(async () => {
  await service?.close()
  service = null
})

async function clientFor(answers: readonly (Answer | null)[], pauses: number[] = []) {
  service = await localService((_call, nth) => answers[Math.min(nth, answers.length) - 1] ?? null)
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms)
  const options = { server: `${service.url}/`, credential: 'berth_host_1_secret', sleep, attempts: 4 }
  return agentClient({ ...options, random: () => 0.5, now: () => NOW })
}

const NOW = Date.parse('2026-03-01T12:00:00Z')
const REPORT = { plan: 'plan_1', phase: 'loaded', boot_id: 'b' } as const
const OK: Answer = { status: 200, body: {} }

test.each<[why: string, answers: (Answer | null)[], calls: number]>([
  ['at once', [OK], 1],
  ['after a 500', [{ status: 500 }, OK], 2],
  [
    'after three answers that the service is away',
    [{ status: 503 }, { status: 502 }, { status: 429 }, OK],
    4,
  ],
  ['after a cut connection', [null, OK], 2],
])('a report arrives %s', async (_why, answers, calls) => {
  const client = await clientFor(answers)
  expect(await client.report(REPORT)).toEqual({ ok: true, value: null })
  expect(service?.seen).toHaveLength(calls)
  expect(new Set(service?.seen.map((c) => c.headers['idempotency-key'])).size).toBe(1)
  expect(service?.seen.every((c) => c.headers.authorization === 'Bearer berth_host_1_secret')).toBe(true)
})

test('two reports have two keys', async () => {
  const client = await clientFor([OK])
  await client.report(REPORT)
  await client.report(REPORT)
  expect(new Set(service?.seen.map((c) => c.headers['idempotency-key'])).size).toBe(2)
})

test('it gives up after its tries; between them it waits half of twice as long each time', async () => {
  const pauses: number[] = []
  const client = await clientFor([{ status: 503 }], pauses)
  expect(await client.report(REPORT)).toMatchObject({ ok: false, error: { code: 'unreachable' } })
  expect(service?.seen).toHaveLength(4)
  expect(pauses).toEqual([500, 1000, 2000])
})

test.each<[why: string, header: string, pauseMs: number]>([
  ['seconds', '3', 3000],
  ['a date', 'Sun, 01 Mar 2026 12:00:20 GMT', 20_000],
  ['a date that is over', 'Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['no pause at all', '0', 0],
])('it waits as long as the service asks: %s', async (_why, header, pauseMs) => {
  const pauses: number[] = []
  const client = await clientFor([{ status: 429, headers: { 'retry-after': header } }, OK], pauses)
  expect(await client.report(REPORT)).toMatchObject({ ok: true })
  expect(pauses).toEqual([pauseMs])
})

test('a pause longer than a call may last is left to who called', async () => {
  const pauses: number[] = []
  const client = await clientFor([{ status: 503, headers: { 'retry-after': '61' } }, OK], pauses)
  expect(await client.report(REPORT)).toMatchObject({ ok: false, error: { retryAfterMs: 61_000 } })
  expect([pauses, service?.seen.length]).toEqual([[], 1])
})

test('the first call with that key is still running: that is no answer', async () => {
  const client = await clientFor([{ status: 409, body: { code: 'request-in-flight' } }, OK])
  expect(await client.report(REPORT)).toEqual({ ok: true, value: null })
})

test('a report that was begun before keeps its key', async () => {
  const client = await clientFor([OK])
  await client.report(REPORT, 'the-key')
  expect(service?.seen[0]?.headers['idempotency-key']).toBe('the-key')
})

test.each([[400], [401], [404], [409], [422]])(
  'a %i is an answer, not a reason to ask again',
  async (status) => {
    const problem = {
      code: 'bad-snapshot',
      detail: 'iomem is cut',
      errors: [{ pointer: '/files/iomem', detail: 'line 3' }],
    }
    const client = await clientFor([{ status, body: problem }])
    const detail = `${status}: bad-snapshot: iomem is cut: /files/iomem line 3`
    expect(await client.report(REPORT)).toEqual({
      ok: false,
      error: { code: 'rejected', detail, status, problem: 'bad-snapshot' },
    })
    expect(service?.seen).toHaveLength(1)
  },
)

test('nobody listens: unreachable', async () => {
  const gone = await localService(() => null)
  await gone.close()
  const client = agentClient({ server: gone.url, credential: null, sleep: async () => {}, attempts: 2 })
  expect(await client.report(REPORT)).toMatchObject({ ok: false, error: { code: 'unreachable' } })
})

test('blobs of a snapshot go in base64, texts as they are', async () => {
  const client = await clientFor([{ status: 201, body: { id: 'snap_1', memory_digest: 'd', landing: null } }])
  const posted = await client.postSnapshot('host_1', 'b', { iomem: 'text', fdt: Uint8Array.of(0xd0, 0x0d) })
  expect(posted).toMatchObject({ ok: true, value: { id: 'snap_1' } })
  expect(service?.seen[0]).toMatchObject({
    path: '/v1/hosts/host_1/snapshots',
    body: { boot_id: 'b', files: { iomem: 'text', fdt: '0A0=' } },
  })
})

test('an assignment that arrives is the very answer; 204 is none', async () => {
  const assignment = { plan: { id: 'x' } }
  const client = await clientFor([{ status: 204 }, { status: 200, body: assignment }])
  expect(await client.assignment(5)).toEqual({ ok: true, value: null })
  expect(service?.seen[0]?.path).toBe('/v1/agent/assignment?wait=5')
  expect(await client.assignment(0)).toMatchObject({ ok: false, error: { code: 'bad-answer' } })
})

test('a question for an assignment is asked once: the loop knows better when to ask again', async () => {
  const client = await clientFor([{ status: 503 }])
  expect(await client.assignment(0)).toMatchObject({ ok: false, error: { code: 'unreachable', status: 503 } })
  expect(service?.seen).toHaveLength(1)
})

test('a real plan passes the check of the answer', async () => {
  const { assignment } = await planned('arm64-uefi-acpi-2g')
  const id = '0123456789abcdefghjkmnpqrs'
  const body = {
    plan: { ...assignment.plan, id: `plan_${id}` },
    boot_entry: { ...assignment.boot_entry, id: `boot_${id}` },
  }
  const bounded = {
    ...body,
    nonce: 'n',
    not_after: '2026-03-01T12:00:00Z',
    issued_at: '2026-03-01T11:00:00Z',
    post_boot: true,
  }
  const client = await clientFor([body, bounded].map((b) => ({ status: 200, body: b })))
  expect(await client.assignment(0)).toEqual({ ok: true, value: body })
  expect(await client.assignment(0)).toEqual({ ok: true, value: bounded })
})
