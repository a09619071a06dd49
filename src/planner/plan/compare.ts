import { SEGMENT_KINDS, type SegmentKind, type StrategyName } from '../names.ts'
import { hex } from '../bytes/phys-addr.ts'
import { sizeOf } from '../bytes/range.ts'
import type { Result } from '../bytes/result.ts'
import { crashArea } from '../kdump/crash-area.ts'
import { crashkernelAdvice, type CrashkernelAdvice } from '../kdump/advice.ts'
import { findingsOf, type Finding } from '../memory/findings.ts'
import { memoryMap } from '../memory/memory-map.ts'
import { cause, type Cause } from './cause.ts'
import { LOADER } from './closed.ts'
import { kexecCommand, type KexecCommand, type KexecFiles } from './kexec-command.ts'
import { type PlanBody } from './plan-body.ts'
import type { PlanFailure } from './plan-failure.ts'
import { planFindings } from './plan-findings.ts'
import { planLoad } from './plan-load.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'
import type { Step } from './watch.ts'
import { otherSize } from './part-cause.ts'
import type { Host } from './exchange.ts'
import { whyDifferent } from './why-different.ts'

/** What one strategy makes of a request: a plan, or why there is none. */
export interface ComparedLoad {
  readonly strategy: StrategyName
  readonly plan: PlanBody | null
  readonly failure: PlanFailure | null
}

export interface Place {
  readonly strategy: StrategyName
  readonly mem: string
  readonly bufsz: number
  readonly memsz: number
}

/** Two strategies that put one kind of segment at different places, or make it of another size. */
export interface Difference {
  readonly between: readonly [StrategyName, StrategyName]
  readonly causes: readonly Cause[]
}

export interface ComparedSegment {
  readonly kind: SegmentKind
  readonly places: readonly Place[]
  readonly differences: readonly Difference[]
}

type WireFinding = Omit<Finding, 'ranges'> & Pick<Cause, 'ranges'>

/** One load by every strategy, side by side. Wire form: addresses are hex, sizes integers of bytes. */
export interface Comparison {
  readonly purpose: PlanBody['purpose']
  readonly loads: readonly ComparedLoad[]
  readonly segments: readonly ComparedSegment[]
  /** What a loader would book that it must not, and where the sources disagree. */
  readonly findings: readonly WireFinding[]
  /** How kexec-tools is told to do as the pinned plan says, as far as it can be. */
  readonly command: KexecCommand | null
  readonly crashkernel: CrashkernelAdvice | null
}

/** The running kernel's own choice first: it is the reference. */
const SIDE_BY_SIDE = ['kexec_file', 'kexec_tools', 'pinned'] as const satisfies readonly StrategyName[]

interface Tried extends ComparedLoad {
  readonly steps: readonly Step[]
}

/**
 * Plans one load by every strategy and says, segment by segment, where they differ and why.
 *
 * `request.strategy` does not count. The running kernel's own choice is what the others are held against.
 * Errors: none; a strategy without a plan has its failure in `loads`.
 */
export function compare(request: PlanRequest, files: KexecFiles, sha256: Sha256): Comparison {
  const { snapshot, purpose } = request
  const map = memoryMap(snapshot)
  const area = purpose === 'crash' ? (crashArea(map)?.main ?? null) : null
  const tried = SIDE_BY_SIDE.map((strategy) => tryLoad({ ...request, strategy }, sha256))
  const plans = tried.flatMap((t) => t.plan ?? [])
  const pinnedPlan = tried.find((t) => t.strategy === 'pinned')?.plan ?? null
  return {
    purpose,
    loads: tried.map(({ strategy, plan, failure }) => ({ strategy, plan, failure })),
    segments: SEGMENT_KINDS.map((kind) => compared(kind, tried, { snapshot, map, area })).filter(
      (s) => s.places.length > 0,
    ),
    findings: [...planFindings(plans, map), ...findingsOf(snapshot)].map((f) => ({
      ...f,
      ranges: f.ranges.map((r) => ({ start: hex(r.start), last: hex(r.last) })),
    })),
    command: pinnedPlan && kexecCommand(request, pinnedPlan, files, sha256),
    crashkernel: purpose === 'crash' ? crashkernelAdvice(request, area && sizeOf(area), fits(sha256)) : null,
  }
}

function fits(sha256: Sha256) {
  return (request: PlanRequest) => planLoad(request, sha256).ok
}

function tryLoad(request: PlanRequest, sha256: Sha256): Tried {
  const steps: Step[] = []
  const made: Result<PlanBody, PlanFailure> = planLoad(request, sha256, (step) => steps.push(step))
  const { strategy } = request
  if (made.ok) return { strategy, plan: made.value, failure: null, steps: lastOfEach(steps) }
  const failed = steps.findIndex((step) => !step.outcome.ok)
  const upTo = failed < 0 ? steps : steps.slice(0, failed + 1)
  return { strategy, plan: null, failure: made.error, steps: lastOfEach(upTo) }
}

/** arm64 forgets what it has placed and asks again: the last time counts. */
function lastOfEach(steps: readonly Step[]): Step[] {
  return steps.filter((step, i) => !steps.slice(i + 1).some((later) => later.buf.kind === step.buf.kind))
}

function compared(kind: SegmentKind, tried: readonly Tried[], host: Host): ComparedSegment {
  const places = tried.flatMap(({ strategy, plan }) => {
    const segment = plan?.segments.find((s) => s.kind === kind)
    return segment ? [{ strategy, mem: segment.mem, bufsz: segment.bufsz, memsz: segment.memsz }] : []
  })
  if (places.length === 0) return { kind, places, differences: [] }
  const [reference, ...others] = tried as [Tried, ...Tried[]]
  const differences = others.flatMap((other): Difference[] => {
    const causes = differ(kind, reference, other, host)
    return causes.length > 0 ? [{ between: [reference.strategy, other.strategy], causes }] : []
  })
  return { kind, places, differences }
}

function differ(kind: SegmentKind, a: Tried, b: Tried, host: Host): Cause[] {
  const [left, right] = [a, b].map(({ plan }) => plan?.segments.find((s) => s.kind === kind))
  if (left && right && left.mem === right.mem) {
    return left.memsz === right.memsz
      ? []
      : [otherSize(kind, [a.strategy, left.memsz], [b.strategy, right.memsz])]
  }
  if (!left && !right) return []
  const [from, to] = [a, b].map(({ steps }) => steps.find((s) => s.buf.kind === kind))
  if (from && to) {
    return whyDifferent({ strategy: a.strategy, step: from }, { strategy: b.strategy, step: to }, host)
  }
  const lacking = left ? b : a
  if (lacking.failure) return [noPlan(lacking, kind)]
  const only = left ? a : b
  return [
    cause(
      'only-there',
      `Only ${LOADER[only.strategy]} makes this segment: ${ONLY[kind] ?? 'its own way of loading'}.`,
    ),
  ]
}

function noPlan({ strategy, failure, steps }: Tried, kind: SegmentKind): Cause {
  const last = steps.at(-1)
  const detail = failure?.detail ?? ''
  if (!last || last.outcome.ok) return cause('no-plan', `${LOADER[strategy]} makes no plan: ${detail}.`)
  return cause('not-reached', `${LOADER[strategy]} does not get to the ${kind}: ${detail}.`)
}

const ONLY: { readonly [K in SegmentKind]?: string } = {
  purgatory: 'the other enters the kernel without a purgatory',
  backup: 'it copies low memory aside by itself, the kernel does so elsewhere',
  efi_setup_data: "the other hands the firmware's tables on within boot_params",
  efi_map: "the other hands the firmware's map on within boot_params",
  rng_seed: 'the other hands no seed on, or within boot_params',
}
