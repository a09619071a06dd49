import { describe, expect, test } from 'vitest'
import { applyPlan, type KexecBackend } from '../../src/agent/index.ts'
import { judgeLanding, type PlanBody, type SegmentKind } from '../../src/planner/index.ts'
import { assignmentOf, planned, snapshotOf, type Planned } from './planned.ts'

/**
 * A backend that books one segment a step away from where it was told, and says that it did not: the
 * agent cannot see it. Everything else, and what other segments say of the moved one, is as planned.
 */
function movingBackend({ given, body }: Planned, kind: SegmentKind, by: number): KexecBackend {
  const { backend } = given
  const planned = new Map(body.segments.map((s) => [s.kind, Number(s.mem)]))
  return {
    ...backend,
    load: (image) => {
      const segments = image.segments.map((s) => (s.kind === kind ? { ...s, mem: s.mem + by } : s))
      return backend.load({ ...image, segments })
    },
    loaded: async () =>
      (await backend.loaded())?.map((s) => ({ ...s, mem: planned.get(s.kind) ?? s.mem })) ?? null,
  }
}

const ROWS: readonly (readonly [string, SegmentKind])[] = [
  ...(['kernel', 'initrd', 'dtb'] as const).map((kind) => ['arm64-uefi-acpi-2g', kind] as const),
  ...(['kernel', 'initrd', 'dtb'] as const).map((kind) => ['arm64-dt-1g-gicv2-k612', kind] as const),
  ...(['kernel', 'initrd', 'purgatory', 'boot_params'] as const).map(
    (kind) => ['x86_64-seabios-4g-nokaslr', kind] as const,
  ),
  ...(['kernel', 'initrd', 'purgatory', 'boot_params'] as const).map(
    (kind) => ['x86_64-ovmf-4g', kind] as const,
  ),
]

describe.each(ROWS)('%s: %s moved behind everybody back', (name, kind) => {
  test.each([1, -1])('by %i alignment step does not land', async (steps) => {
    const p = await planned(name)
    const align = p.body.segments.find((s) => s.kind === kind)?.align ?? 0
    expect(align).toBeGreaterThan(0)
    const backend = movingBackend(p, kind, steps * align)
    const applied = await applyPlan(p.assignment, { ...p.given, backend })
    // A step can also run into a neighbour or out of RAM: then the load itself is refused.
    expect(['crashed', 'failed']).toContain(applied.outcome)
    expect(judgeLanding(p.body, await snapshotOf(p.host)).verdict).not.toBe('landed')
  })
})

describe.each([
  ['arm64-uefi-acpi-2g', 'kernel'],
  ['arm64-uefi-acpi-2g', 'initrd'],
  ['x86_64-seabios-4g-nokaslr', 'kernel'],
  ['x86_64-seabios-4g-nokaslr', 'initrd'],
] as const)('%s: a plan with another place for the %s', (name, kind) => {
  test('boots, and is not what the first plan landed as', async () => {
    const p = await planned(name)
    const moved = movedPlan(p.body, kind)
    expect(await applyPlan(assignmentOf(moved, p.entry), p.given)).toEqual({ outcome: 'jumped' })
    const after = await snapshotOf(p.host)
    expect(judgeLanding(moved, after).verdict).toBe('landed')
    expect(judgeLanding(p.body, after).verdict).toBe('landed-elsewhere')
  })
})

/** The same plan with one segment in memory that is free on these hosts, far from where it was. */
function movedPlan(body: PlanBody, kind: SegmentKind): PlanBody {
  const at = 0x50000000
  const segments = body.segments.map((s) => (s.kind === kind ? { ...s, mem: `0x${at.toString(16)}` } : s))
  if (kind !== 'kernel') return { ...body, segments }
  const by = at - Number(body.expected.image)
  const kernel_code = body.expected.kernel_code.map((code) => `0x${(Number(code) + by).toString(16)}`)
  const expected = { ...body.expected, image: `0x${at.toString(16)}`, kernel_code }
  const entry = body.inputs.arch === 'arm64' ? `0x${at.toString(16)}` : body.entry
  return { ...body, segments, expected, entry }
}
