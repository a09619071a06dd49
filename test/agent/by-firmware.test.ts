import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { applyPlan, once, type ApplyWith, type HandedOut } from '../../src/agent/index.ts'
import { judgeFirmwareBoot, planFirmwareBoot, type FirmwarePlan } from '../../src/planner/index.ts'
import { scratchFolder } from '../cli/scratch.ts'
import { judge } from './killed/judge.ts'
import { assignmentOf, planned, snapshotOf, type Planned } from './planned.ts'
import { signedOf, SIGNING_KEYS } from './signed.ts'

const NAME = 'x86_64-seabios-2g'
const AT = Date.parse('2026-06-01T12:00:00Z')

interface Sent extends Planned {
  readonly way: FirmwarePlan
  readonly calls: string[]
}

/** An emulated host that is to go through firmware. */
async function sent(mode: FirmwarePlan['mode'], change: Partial<ApplyWith> = {}): Promise<Sent> {
  const p = await planned(NAME)
  const entry = { release: '6.12.9-1-amd64', cmdline: 'root=/dev/vda quiet' }
  const way = planFirmwareBoot(await snapshotOf(p.host), entry, mode)
  const boot_entry = { ...p.entry, version: entry.release, options: entry.cmdline }
  const calls: string[] = []
  const { backend } = p.given
  const given: ApplyWith = {
    ...p.given,
    canPowerCycle: async () => true,
    hooks: async (stage) => (calls.push(stage), { ok: true, value: null }),
    ...change,
    backend: {
      load: (image) => (calls.push('load'), backend.load(image)),
      unload: () => (calls.push('unload'), backend.unload()),
      loaded: () => backend.loaded(),
      exec: (release) => (calls.push('exec'), backend.exec(release)),
      reboot: (how, to) => (calls.push(how), (change.backend ?? backend).reboot(how, to)),
    },
  }
  return { ...p, given, assignment: assignmentOf(way, boot_entry), way, calls }
}

test.each<[mode: FirmwarePlan['mode'], calls: string[]]>([
  ['cold', ['pre-load', 'pre-exec', 'cold']],
  ['powercycle', ['pre-load', 'pre-exec', 'power-cycle', 'powercycle']],
])('by %s nothing is loaded, and the next boot is the entry that was asked for', async (mode, calls) => {
  const p = await sent(mode)
  expect(await applyPlan(p.assignment, p.given)).toEqual({ outcome: 'jumped' })
  expect(p.calls).toEqual(calls)
  expect(p.said).toEqual(['journal begun', 'journal executing', 'report executing'])
  expect(await p.given.journal.read()).toMatchObject({ phase: 'executing', mode })
  expect(judgeFirmwareBoot(p.way, await snapshotOf(p.host)).verdict).toBe('cold-booted')
})

type Refused = [
  why: string,
  mode: FirmwarePlan['mode'],
  given: Partial<ApplyWith>,
  change: (of: HandedOut) => HandedOut,
  outcome: 'refused' | 'failed',
  code: string,
]
const same = (of: HandedOut) => of
const withPlan = (change: Partial<FirmwarePlan>) => (of: HandedOut) =>
  assignmentOf({ ...(of.plan.body as FirmwarePlan), ...change }, of.boot_entry)

test.each<Refused>([
  [
    'nobody can take the power away',
    'powercycle',
    { canPowerCycle: async () => false },
    same,
    'refused',
    'no-power-cycle',
  ],
  [
    'nobody was asked who could',
    'powercycle',
    { canPowerCycle: undefined as never },
    same,
    'refused',
    'no-power-cycle',
  ],
  ['a file forbids it', 'cold', { blocked: async () => 'a backup' }, same, 'refused', 'blocked'],
  [
    'the window has closed',
    'cold',
    { now: () => AT },
    (a) => ({ ...a, not_after: iso(AT - 1) }),
    'refused',
    'too-late',
  ],
  [
    'for another boot',
    'cold',
    {},
    withPlan({ inputs: { arch: 'x86_64', release: '6.1.0', boot_id: 'x' } }),
    'refused',
    'stale-plan',
  ],
  [
    'for another boot entry',
    'cold',
    {},
    (a) => ({ ...a, boot_entry: { ...a.boot_entry, options: 'other' } }),
    'refused',
    'wrong-image',
  ],
  [
    'the plan says otherwise',
    'cold',
    {},
    (a) => ({ ...a, reboot_mode: 'powercycle' }),
    'refused',
    'tampered-plan',
  ],
  ['it is not said and changed', 'cold', {}, changedMode, 'refused', 'tampered-plan'],
  [
    'the hook does not come through',
    'powercycle',
    { hooks: async (stage) => (stage === 'power-cycle' ? broken('no BMC') : { ok: true, value: null }) },
    same,
    'failed',
    'hook-failed',
  ],
  [
    'it is still up',
    'cold',
    { backend: { reboot: async () => ({ ok: false, error: { code: 'still-up', detail: '' } }) } as never },
    same,
    'failed',
    'did-not-boot',
  ],
])('%s (%s): it stays up', async (_why, mode, given, change, outcome, code) => {
  const p = await sent(mode, given)
  const before = await snapshotOf(p.host)
  const applied = await applyPlan(change(p.assignment), p.given)
  expect(applied).toMatchObject({ outcome, because: { code } })
  expect(p.reports.at(-1)).toMatchObject({ phase: outcome, detail: expect.stringContaining(code) })
  expect((await snapshotOf(p.host)).bootId).toBe(before.bootId)
})

test('a whole round: the hook in power-cycle.d is run, and the service hears of the next boot', async () => {
  const p = await sent('powercycle')
  const folder = scratchFolder()
  mkdirSync(join(folder, 'power-cycle.d'))
  writeFileSync(join(folder, 'power-cycle.d', 'bmc'), '#!/bin/sh\ntest "$BERTH_REBOOT_MODE" = powercycle\n', {
    mode: 0o755,
  })
  const { plan, boot_entry } = p.assignment
  const ids = { plan: { ...plan, id: `plan_${ID}` }, boot_entry: { ...boot_entry, id: `boot_${ID}` } }
  const service = await judge(signedOf(ids), FIRST)
  try {
    const round = await once({
      identity: { server: service.url, host: 'host_1', credential: FIRST, signing_keys: SIGNING_KEYS },
      ...{
        backend: p.host.backend,
        capture: p.host.capture,
        images: p.given.images,
        journal: p.given.journal,
      },
      hooks: { folder },
      sleep: async () => {},
    })
    expect(round).toMatchObject({ ok: true, value: { applied: { outcome: 'jumped' } } })
    expect([service.outcomes, service.misfits]).toEqual([['landed'], []])
  } finally {
    await service.close()
  }
})

const ID = '0123456789abcdefghjkmnpqrs'
const FIRST = 'berth_host_1_secret'

function changedMode(of: HandedOut): HandedOut {
  const body = { ...(of.plan.body as FirmwarePlan), mode: 'powercycle' } as const
  return { ...of, plan: { ...of.plan, body } }
}

function broken(detail: string) {
  return { ok: false, error: { code: 'hook-failed', detail } } as const
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
