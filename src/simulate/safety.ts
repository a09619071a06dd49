import { buildImage } from '../agent/build-image.ts'
import { sha256 } from '../agent/sha256.ts'
import { execAndBoot, load, type Machine } from '../machine/index.ts'
import { hex, rangeOfSize, type CaptureFiles, type PlanBody, type Range } from '../planner/index.ts'

/** A host's images, whole. */
export interface Images {
  readonly kernel: Uint8Array
  readonly initrd: Uint8Array | null
}

export interface Violation {
  readonly code: string
  readonly detail: string
}

/**
 * Whether a plan's segments lie over one another, or over what the machine guards: its own reading of the
 * capture, not the planner's. Null where they do not.
 */
export function overlapIn(plan: Pick<PlanBody, 'segments'>, machine: Machine): Violation | null {
  const placed = plan.segments.map((s) => ({ kind: s.kind, range: rangeOfSize(Number(s.mem), s.memsz) }))
  for (const [i, { kind, range }] of placed.entries()) {
    const other = placed.find((p, j) => j < i && meets(p.range, range))
    if (other) return { code: 'segments-overlap', detail: `${other.kind} and ${kind} at ${hex(range.start)}` }
    const guarded = [...machine.canaries, ...machine.hazards].find((g) => meets(g.range, range))
    if (guarded) {
      const where = `${hex(guarded.range.start)}-${hex(guarded.range.last)}`
      return {
        code: 'guarded-overlap',
        detail: `${kind} at ${hex(range.start)} over ${where}: ${guarded.why}`,
      }
    }
  }
  return null
}

/** What came of loading a plan: booked, refused, or no loader here makes its segments. */
export type Loaded = 'booked' | 'no-loader' | Violation

export function loadPlan(plan: PlanBody, machine: Machine, { kernel, initrd }: Images): Loaded {
  const built = buildImage(plan, { files: machine.files, snapshot: machine.snapshot, kernel, initrd })
  // Some segments of kexec-tools are made by no loader of ours; anything else must be built.
  if (!built.ok && plan.strategy === 'kexec_tools') return 'no-loader'
  if (!built.ok) return { code: built.error.code, detail: built.error.detail }
  const booked = load(machine, built.value, sha256)
  return booked.ok ? 'booked' : { code: booked.error.code, detail: booked.error.detail }
}

/** Jumps into what is booked: the next boot's capture, or why there is none. */
export function jump(machine: Machine): CaptureFiles | Violation {
  const next = execAndBoot(machine, null, sha256)
  return next.ok ? next.value : { code: next.error.code, detail: next.error.detail }
}

export function isViolation(value: object): value is Violation {
  return 'code' in value && 'detail' in value
}

function meets(a: Range, b: Range): boolean {
  return a.start <= b.last && b.start <= a.last
}
