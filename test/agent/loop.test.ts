import { afterEach, expect, test, vi } from 'vitest'
import {
  emulatedHost,
  enroll,
  generatedImages,
  memoryJournal,
  once,
  type Agent,
  type EmulatedHost,
  type HandedOut,
  type Identity,
} from '../../src/agent/index.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import { loadCapture } from '../capture.ts'
import { localService, type Answer, type LocalService, type SeenCall } from './local-service.ts'
import { assignmentOf, bootEntryFor, planFor, snapshotOf } from './planned.ts'
import { newKey, publicKeys, SIGNER, SIGNING_KEYS, signedOf } from './signed.ts'

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
    identity: { server, host: 'host_1', credential: 'berth_host_1_secret', signing_keys: SIGNING_KEYS },
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
  return signedOf({
    plan: { ...assignment.plan, id: `plan_${ID}` },
    boot_entry: { ...assignment.boot_entry, id: `boot_${ID}` },
  })
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

test.each<[why: string, change: (genuine: HandedOut) => HandedOut, code: string]>([
  ['a plan without a signature', (a) => ({ ...a, signed: undefined }), 'unverified-plan'],
  ['a plan that was changed on its way', (a) => ({ ...a, nonce: 'another' }), 'unverified-plan'],
  ['a plan for another host', (a) => signedOf(a, { host: 'host_2' }), 'unverified-plan'],
  ['a plan from before the last one that was taken', (a) => signedOf(a, { serial: 4 }), 'replayed-plan'],
  ['the last one that was taken', (a) => signedOf(a, { serial: 5 }), 'replayed-plan'],
])('%s is reported as refused, and nothing is loaded', async (_why, change, code) => {
  const host = await emulated()
  service = await localService(answers(change(await assignmentFor(host))))
  const agent = agentOf(host, service.url)
  const taken = { plan: 'plan_0', phase: 'settled', boot_id: 'b', host: 'host_1', serial: 5 } as const
  await agent.journal.write(taken)
  const load = vi.fn(host.backend.load)
  const round = await once({ ...agent, backend: { ...host.backend, load } })
  expect(round).toMatchObject({ ok: true, value: { applied: { outcome: 'refused', because: { code } } } })
  expect(load).not.toHaveBeenCalled()
  const told = service.seen.at(-1)?.body as { phase: string; detail: string }
  expect([told.phase, told.detail]).toEqual(['refused', expect.stringContaining(`${code}: `)])
  expect(await agent.journal.lastSerial('host_1')).toBe(5)
  expect(await agent.journal.used('another')).toBe(false)
})

test('the serial is written down before anything is loaded', async () => {
  const host = await emulated()
  service = await localService(answers(signedOf(await assignmentFor(host), { serial: 6 })))
  const agent = agentOf(host, service.url)
  const seen: number[] = []
  const load: typeof host.backend.load = async (image) => {
    seen.push(await agent.journal.lastSerial('host_1'))
    return host.backend.load(image)
  }
  await once({ ...agent, backend: { ...host.backend, load } })
  expect(seen).toEqual([6])
})

test('a key that the pinned one vouches for is kept; where an operator gave one, none is learned', async () => {
  const host = await emulated()
  const [before, since] = [newKey(), newKey()]
  const both = signerOf([since, before])
  const pinned = publicKeys(signerOf([before]))
  service = await localService(answers(signedOf(await assignmentFor(host), { signer: both })))
  const agent = agentOf(host, service.url)
  const kept: Identity[] = []
  const keep = async (identity: Identity) => void kept.push(identity)
  const given = { ...agent, identity: { ...agent.identity, signing_keys: pinned }, keep }
  expect(await once(given)).toMatchObject({ value: { applied: { outcome: 'jumped' } } })
  expect(kept.map((identity) => identity.signing_keys)).toEqual([publicKeys(both)])

  await service.close()
  const next = { ...(await assignmentFor(host)), nonce: 'another' }
  service = await localService(answers(signedOf(next, { signer: both, serial: 2 })))
  const stranger = publicKeys(signerOf([newKey()]))
  const moved = { ...given, identity: { ...given.identity, server: service.url } }
  expect(await once({ ...moved, signingKeys: stranger })).toMatchObject({
    value: { applied: { because: { code: 'unverified-plan' } } },
  })
  expect(await once({ ...moved, signingKeys: pinned })).toMatchObject({
    value: { applied: { outcome: 'jumped' } },
  })
  expect(kept).toHaveLength(1)
})

test("enrolment trades a token for an identity; a second one is told the service's words", async () => {
  service = await localService((_call, nth) =>
    nth === 1
      ? {
          status: 201,
          body: { host: 'host_1', credential: 'berth_host_1_secret', signing_keys: SIGNER.keys },
        }
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
    value: {
      server: service.url,
      host: 'host_1',
      credential: 'berth_host_1_secret',
      signing_keys: SIGNING_KEYS,
    },
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
