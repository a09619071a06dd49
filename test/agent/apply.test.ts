import { describe, expect, test } from 'vitest'
import { applyPlan, memoryJournal, type ApplyWith, type KexecBackend } from '../../src/agent/index.ts'
import { judgeLanding, type PlanBody } from '../../src/planner/index.ts'
import { assignmentOf, planFor, planned, snapshotOf, type Planned } from './planned.ts'

const HOSTS = ['arm64-uefi-acpi-2g', 'x86_64-ovmf-4g'] as const

describe.each(HOSTS)('%s', (name) => {
  test('a good plan is loaded, told, written down, jumped into, and lands', async () => {
    const p = await planned(name)
    expect(await applyPlan(p.assignment, p.given)).toEqual({ outcome: 'jumped' })
    expect(p.said).toEqual([
      'journal begun',
      'journal loading',
      'journal loaded',
      'report loaded',
      'journal executing',
      'report executing',
    ])
    expect(p.reports[0]?.segments?.map((s) => s.mem)).toEqual(p.body.segments.map((s) => s.mem))
    expect(judgeLanding(p.body, await snapshotOf(p.host))).toMatchObject({
      verdict: 'landed',
      certainty: 'exact',
    })
  })

  test.each<[why: string, change: (body: PlanBody) => PlanBody, code: string]>([
    ['of another boot', (b) => ({ ...b, inputs: { ...b.inputs, boot_id: 'another' } }), 'stale-plan'],
    ['of no known boot', (b) => ({ ...b, inputs: { ...b.inputs, boot_id: null } }), 'stale-plan'],
    [
      'of other memory',
      (b) => ({ ...b, inputs: { ...b.inputs, memory_digest: '0'.repeat(64) } }),
      'stale-plan',
    ],
    [
      'for another kernel size',
      (b) => ({ ...b, inputs: { ...b.inputs, kernel_size: b.inputs.kernel_size + 1 } }),
      'wrong-image',
    ],
    [
      'for another kernel',
      (b) => ({ ...b, inputs: { ...b.inputs, kernel_header_digest: '0'.repeat(64) } }),
      'wrong-image',
    ],
    ['for another initrd', (b) => ({ ...b, inputs: { ...b.inputs, initrd_size: 1 } }), 'wrong-image'],
    ['for another command line', (b) => ({ ...b, inputs: { ...b.inputs, cmdline: 'quiet' } }), 'wrong-image'],
  ])('a plan %s is refused before anything is loaded', async (_why, change, code) => {
    const p = await planned(name)
    const calls: string[] = []
    const applied = await applyPlan(assignmentOf(change(p.body), p.entry), watched(p, calls))
    expect(applied).toMatchObject({ outcome: 'refused', because: { code } })
    expect(calls).toEqual([])
    expect(p.reports.map((r) => r.phase)).toEqual(['refused'])
    expect(p.reports[0]?.detail).toContain(code)
  })

  test('a plan whose bytes are not what its digest says is refused', async () => {
    const p = await planned(name)
    const [first, ...rest] = p.body.segments
    const body = { ...p.body, segments: [{ ...first, mem: '0x1000000' }, ...rest] } as PlanBody
    const calls: string[] = []
    const tampered = {
      ...assignmentOf(body, p.entry),
      plan: { ...p.assignment.plan, body: assignmentOf(body, p.entry).plan.body },
    }
    expect(await applyPlan(tampered, watched(p, calls))).toMatchObject({
      outcome: 'refused',
      because: { code: 'tampered-plan' },
    })
    expect(calls).toEqual([])
  })

  test('the same plan a second time is refused, and stale where nobody remembers the first', async () => {
    const p = await planned(name)
    await applyPlan(p.assignment, p.given)
    for (const [given, code] of [
      [p.given, 'replayed-plan'],
      [{ ...p.given, journal: memoryJournal() }, 'stale-plan'],
    ] as const) {
      expect(await applyPlan(p.assignment, given)).toMatchObject({ outcome: 'refused', because: { code } })
    }
  })

  test('what the backend holds is compared with the plan, and dropped where it differs', async () => {
    const p = await planned(name)
    const calls: string[] = []
    const given = watched(p, calls)
    const lying: KexecBackend = {
      ...given.backend,
      loaded: async () =>
        (await given.backend.loaded())?.map((s, i) => (i === 0 ? { ...s, mem: s.mem + 0x1000 } : s)) ?? null,
    }
    expect(await applyPlan(p.assignment, { ...given, backend: lying })).toMatchObject({
      outcome: 'failed',
      because: { code: 'loaded-differs' },
    })
    expect(calls).toEqual(['load', 'loaded', 'unload'])
    expect(p.reports.map((r) => r.phase)).toEqual(['failed'])
  })

  test('a host that cannot say that it is about to jump does not jump', async () => {
    const p = await planned(name)
    const calls: string[] = []
    const report: ApplyWith['report'] = async () => ({
      ok: false,
      error: { code: 'unreachable', detail: 'away' },
    })
    const applied = await applyPlan(p.assignment, { ...watched(p, calls), report })
    expect(applied).toMatchObject({ outcome: 'failed', because: { code: 'unreachable' } })
    expect(calls).toEqual(['load', 'loaded', 'unload'])
  })

  test('the same seed gives the same next boot, another seed another boot id', async () => {
    const boots = []
    for (const seed of [3, 3, 4]) {
      const p = await planned(name, { seed })
      await applyPlan(p.assignment, p.given)
      boots.push(await p.host.capture())
    }
    expect(boots[1]).toEqual(boots[0])
    expect(boots[2]?.['boot-id']).not.toBe(boots[0]?.['boot-id'])
  })
})

test('a load that the kernel refuses is reported with its words', async () => {
  const p = await planned('arm64-uefi-acpi-2g')
  const refusing: KexecBackend = {
    ...p.given.backend,
    load: async () => ({
      ok: false,
      error: { code: 'overlap', segment: 1, detail: 'segments 0 and 1 overlap' },
    }),
  }
  const applied = await applyPlan(p.assignment, { ...p.given, backend: refusing })
  expect(applied).toMatchObject({ outcome: 'failed', because: { code: 'load-refused' } })
  expect(p.reports[0]?.detail).toContain('overlap')
})

test("the running kernel's own choice over an LPI table crashes; firmware gives the host back", async () => {
  const p = await planned('arm64-dt-1g-exec')
  const before = await snapshotOf(p.host)
  const body = planFor(before, p.entry, { strategy: 'kexec_file' })
  expect(await applyPlan(assignmentOf(body, p.entry), p.given)).toMatchObject({
    outcome: 'crashed',
    because: { code: 'did-not-boot' },
  })
  const after = await snapshotOf(p.host)
  expect(after.bootId).not.toBe(before.bootId)
  expect(judgeLanding(body, after).verdict).toBe('cold-booted')
})

/** The host's own backend, with every call written down. */
function watched({ given }: Planned, calls: string[]): ApplyWith {
  const { backend } = given
  return {
    ...given,
    backend: {
      load: (image) => (calls.push('load'), backend.load(image)),
      unload: () => (calls.push('unload'), backend.unload()),
      loaded: () => (calls.push('loaded'), backend.loaded()),
      exec: (release) => (calls.push('exec'), backend.exec(release)),
      reboot: (mode, entry) => (calls.push(mode), backend.reboot(mode, entry)),
    },
  }
}
