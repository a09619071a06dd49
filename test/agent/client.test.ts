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
  return agentClient({ server: `${service.url}/`, credential: 'berth_host_1_secret', sleep, attempts: 4 })
}

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

test('it gives up after its tries, with growing pauses between them', async () => {
  const pauses: number[] = []
  const client = await clientFor([{ status: 503 }], pauses)
  expect(await client.report(REPORT)).toMatchObject({ ok: false, error: { code: 'unreachable' } })
  expect(service?.seen).toHaveLength(4)
  expect(pauses).toEqual([250, 500, 1000])
})

test('it waits as long as the service asks', async () => {
  const pauses: number[] = []
  const client = await clientFor([{ status: 429, headers: { 'retry-after': '3' } }, OK], pauses)
  await client.report(REPORT)
  expect(pauses).toEqual([3000])
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
    expect(await client.report(REPORT)).toEqual({
      ok: false,
      error: { code: 'rejected', detail: `${status}: bad-snapshot: iomem is cut: /files/iomem line 3` },
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

test('a real plan passes the check of the answer', async () => {
  const { assignment } = await planned('arm64-uefi-acpi-2g')
  const id = '0123456789abcdefghjkmnpqrs'
  const body = {
    plan: { ...assignment.plan, id: `plan_${id}` },
    boot_entry: { ...assignment.boot_entry, id: `boot_${id}` },
  }
  const client = await clientFor([{ status: 200, body }])
  expect(await client.assignment(0)).toEqual({ ok: true, value: body })
})
