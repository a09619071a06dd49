import { hex } from '../bytes/phys-addr.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { initrdOf } from './initrd-of.ts'
import type { PlanBody } from './plan-body.ts'

/** One thing that the next boot shows, against what the plan said. */
export interface Evidence {
  readonly check: 'boot_id' | 'release' | 'cmdline' | 'kernel_code' | 'initrd'
  readonly expected: string
  readonly found: string
  readonly holds: boolean
}

/** What became of a plan, judged by the next boot's own snapshot. */
export interface Landing {
  /** `not-yet`: the snapshot is still of the boot that the plan was made for. */
  readonly verdict: 'landed' | 'landed-elsewhere' | 'cold-booted' | 'not-yet'
  /** Only `exact` counts as landed where planned. */
  readonly certainty: 'exact' | 'load-only'
  /** Where `Kernel code` starts now, as `0x…`. */
  readonly kernel_code: string | null
  readonly evidence: readonly Evidence[]
}

/**
 * Judges a plan by the snapshot of the boot after it.
 *
 * Another command line means that something else was booted. The right command line with the kernel
 * or the initrd at another address is a landing elsewhere. `release` is the one that the boot entry
 * names, where it does.
 */
export function judgeLanding(plan: PlanBody, after: Snapshot, release: string | null = null): Landing {
  const code = kernelCode(after.iomem)
  const found = code === null ? null : hex(code)
  const { certainty } = plan.expected
  const moved = plan.inputs.boot_id !== null && after.bootId !== null && plan.inputs.boot_id !== after.bootId
  if (!moved) return { verdict: 'not-yet', certainty, kernel_code: found, evidence: [] }

  const booted: Evidence[] = [
    check('boot_id', `other than ${plan.inputs.boot_id}`, after.bootId ?? 'none', true),
    check('cmdline', plan.inputs.cmdline, after.cmdline, plan.inputs.cmdline.trim() === after.cmdline),
  ]
  if (release !== null)
    booted.push(check('release', release, after.release.text, release === after.release.text))
  const placed = placeEvidence(plan, after, found)
  const evidence = [...booted, ...placed]
  const verdict = !booted.every((e) => e.holds)
    ? 'cold-booted'
    : placed.every((e) => e.holds)
      ? 'landed'
      : 'landed-elsewhere'
  return { verdict, certainty, kernel_code: found, evidence }
}

function placeEvidence(plan: PlanBody, after: Snapshot, code: string | null): Evidence[] {
  const out: Evidence[] = []
  const { expected, segments } = plan
  if (expected.certainty === 'exact') {
    const holds = code !== null && expected.kernel_code.includes(code)
    out.push(check('kernel_code', expected.kernel_code.join(' or '), code ?? 'not shown', holds))
  }
  const initrd = segments.find((s) => s.kind === 'initrd')
  const seen = initrd ? initrdOf(after) : null
  if (initrd && seen !== null) out.push(check('initrd', initrd.mem, hex(seen), Number(initrd.mem) === seen))
  return out
}

export function check(what: Evidence['check'], expected: string, found: string, holds: boolean): Evidence {
  return { check: what, expected, found, holds }
}

/** First byte of the line `Kernel code`; null where iomem has none. */
export function kernelCode(entries: readonly IomemEntry[]): number | null {
  for (const e of entries) {
    const at = e.name === 'Kernel code' ? e.range.start : kernelCode(e.children)
    if (at !== null) return at
  }
  return null
}
