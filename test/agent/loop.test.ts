import { afterEach, expect, test } from 'vitest'
import {
  emulatedHost,
  enroll,
  generatedImages,
  memoryJournal,
  once,
  type Agent,
  type EmulatedHost,
} from '../../src/agent/index.ts'
import { loadCapture } from '../capture.ts'
import { localService, type Answer, type LocalService, type SeenCall } from './local-service.ts'
import { assignmentOf, bootEntryFor, planFor, snapshotOf } from './planned.ts'

const NAME = 'x86_64-seabios-4g-nokaslr'
const ID = '0123456789abcdefghjkmnpqrs'

let service: LocalService | null = null
afterEach(async () => {
  await service?.close()
  service = null
})

async function emulated(): Promise<EmulatedHost> {
  const host = emulatedHost(loadCapture(NAME), { seed: 5 })
  if (!host.ok) throw new Error(JSON.stringify(host.error))
  return host.value
}

function agentOf(host: EmulatedHost, server: string): Agent {
  return {
    identity: { server, host: 'host_1', credential: 'berth_host_1_secret' },
    backend: host.backend,
    capture: host.capture,
    images: generatedImages(),
    journal: memoryJournal(),
    sleep: async () => {},
  }
}

/** What the service would say: it takes snapshots and reports, and has one assignment. */
function answers(assignment: unknown): (call: SeenCall) => Answer {
  return ({ path }) => {
    if (path.endsWith('/snapshots'))
      return { status: 201, body: { id: 'snap_1', memory_digest: 'd', landing: null } }
    if (path === '/v1/agent/reports') return { status: 200, body: {} }
    return assignment === null ? { status: 204 } : { status: 200, body: assignment }
  }
}

async function assignmentFor(host: EmulatedHost) {
  const entry = bootEntryFor(NAME, 'quiet')
  if (!entry) throw new Error('no kernel head')
  const assignment = assignmentOf(planFor(await snapshotOf(host), entry), entry)
  return {
    plan: { ...assignment.plan, id: `plan_${ID}` },
    boot_entry: { ...assignment.boot_entry, id: `boot_${ID}` },
  }
}

const callsOf = (seen: readonly SeenCall[]): string[] =>
  seen.map(({ path, body }) =>
    path === '/v1/agent/reports' ? `report ${(body as { phase: string }).phase}` : (path.split('?')[0] ?? ''),
  )

test('one round with nothing to do: a snapshot, a question', async () => {
  const host = await emulated()
  service = await localService(answers(null))
  const round = await once(agentOf(host, service.url))
  expect(round).toMatchObject({ ok: true, value: { snapshot: { id: 'snap_1' }, applied: null, after: null } })
  expect(callsOf(service.seen)).toEqual(['/v1/hosts/host_1/snapshots', '/v1/agent/assignment'])
})

test('one round with a plan: reported, jumped, and the next boot posted', async () => {
  const host = await emulated()
  const before = (await host.capture())['boot-id']
  service = await localService(answers(await assignmentFor(host)))
  const round = await once(agentOf(host, service.url))
  expect(round).toMatchObject({
    ok: true,
    value: { applied: { outcome: 'jumped' }, after: { id: 'snap_1' } },
  })
  expect(callsOf(service.seen)).toEqual([
    '/v1/hosts/host_1/snapshots',
    '/v1/agent/assignment',
    'report loaded',
    'report executing',
    '/v1/hosts/host_1/snapshots',
  ])
  const bootIds = service.seen
    .filter((c) => c.path.endsWith('/snapshots'))
    .map((c) => (c.body as { boot_id: string }).boot_id)
  expect(bootIds[0]).toBe(before?.trim())
  expect(bootIds[1]).not.toBe(bootIds[0])
})

test('a stale plan is reported as refused and the host stays up', async () => {
  const host = await emulated()
  const assignment = await assignmentFor(host)
  host.powerCycle()
  service = await localService(answers(assignment))
  const round = await once(agentOf(host, service.url))
  expect(round).toMatchObject({
    ok: true,
    value: { applied: { outcome: 'refused', because: { code: 'stale-plan' } }, after: null },
  })
  expect(callsOf(service.seen).at(-1)).toBe('report refused')
})

test("enrolment trades a token for an identity; a second one is told the service's words", async () => {
  service = await localService((_call, nth) =>
    nth === 1
      ? { status: 201, body: { host: 'host_1', credential: 'berth_host_1_secret' } }
      : { status: 409, body: { code: 'already-enrolled', detail: 'quarantined' } },
  )
  const given = {
    server: service.url,
    token: 'berth_enroll_1_secret',
    hostname: 'h',
    machineId: 'm',
    arch: 'arm64',
    hardwareModel: 'virt',
    sleep: async () => {},
  } as const
  expect(await enroll(given)).toEqual({
    ok: true,
    value: { server: service.url, host: 'host_1', credential: 'berth_host_1_secret' },
  })
  expect(service.seen[0]?.body).toEqual({
    token: 'berth_enroll_1_secret',
    machine_id: 'm',
    hostname: 'h',
    arch: 'arm64',
    hardware_model: 'virt',
  })
  expect(await enroll(given)).toMatchObject({
    ok: false,
    error: { code: 'rejected', detail: '409: already-enrolled: quarantined' },
  })
})
