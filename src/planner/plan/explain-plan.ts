import type { SegmentKind } from '../names.ts'
import { hex } from '../bytes/phys-addr.ts'
import { contains, range, sizeOf, subtract, type Range } from '../bytes/range.ts'
import type { Result } from '../bytes/result.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { rangeOf } from '../place/segment.ts'
import { searchWalk } from '../place/search-walk.ts'
import type { Walk } from '../place/walk.ts'
import type { PlanBody } from './plan-body.ts'
import { wireBecause } from './explain.ts'
import type { PlanFailure } from './plan-failure.ts'
import { planLoad } from './plan-load.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'
import type { Step } from './watch.ts'
import { neighbours } from './neighbours.ts'

interface WireRange {
  readonly start: string
  readonly last: string
}

/** What a search made of one range. Wire form. */
export interface WalkedRange {
  readonly range: WireRange
  /** `passed`: it has a hole, and the loader prefers another. */
  readonly verdict: 'chosen' | 'refused' | 'passed'
  /** The address that was found there. */
  readonly mem?: string
  readonly because?: string
  readonly short?: number
  readonly by?: WireRange & { readonly kind?: SegmentKind }
  /** What ends the range below and above: it would have to go for the range to grow. */
  readonly between?: { readonly below: string; readonly above: string }
}

/** One search, range by range, in the order in which they were looked at. */
export interface ExplainedWalk {
  readonly memsz: number
  readonly align: number
  readonly min: string
  readonly max: string | null
  readonly top_down: boolean
  readonly ranges: readonly WalkedRange[]
}

export interface ExplainedStep {
  readonly kind: SegmentKind
  /** Null: no search found a place. */
  readonly mem: string | null
  /** Why this place: a kept pin is not searched for. */
  readonly because: string
  /** arm64 forgets all and asks again, higher, where a later segment finds no hole. */
  readonly forgotten: boolean
  readonly walks: readonly ExplainedWalk[]
}

export interface Explanation {
  readonly plan: PlanBody | null
  readonly failure: PlanFailure | null
  readonly steps: readonly ExplainedStep[]
}

/**
 * Makes a plan and tells of every search what became of every range: chosen, passed by, or refused,
 * with how many bytes are missing and what is in the way.
 */
export function explainPlan(request: PlanRequest, sha256: Sha256): Explanation {
  const steps: Step[] = []
  const made: Result<PlanBody, PlanFailure> = planLoad(request, sha256, (step) => steps.push(step))
  const map = memoryMap(request.snapshot)
  return {
    plan: made.ok ? made.value : null,
    failure: made.ok ? null : made.error,
    steps: steps.map((step, i) => explainStep(step, isForgotten(steps, i), map)),
  }
}

/** It is asked for once more later; or the kernel is, with which everything after it starts over. */
function isForgotten(steps: readonly Step[], i: number): boolean {
  const of = (kind: SegmentKind) => (step: Step) => step.buf.kind === kind
  const [before, after] = [steps.slice(0, i + 1), steps.slice(i + 1)]
  const own = steps[i]?.buf.kind
  return (own !== undefined && after.some(of(own))) || (before.some(of('kernel')) && after.some(of('kernel')))
}

function explainStep({ buf, placed, outcome }: Step, forgotten: boolean, map: MemoryMap): ExplainedStep {
  const walks = (outcome.ok ? outcome.value.walks : outcome.error.walks) ?? []
  return {
    kind: buf.kind,
    mem: outcome.ok ? hex(outcome.value.mem) : null,
    because: outcome.ok ? outcome.value.because : 'no range has a hole for it',
    forgotten,
    walks: walks.map((walk) => explainWalk(walk, placed, map)),
  }
}

function explainWalk(walk: Walk, placed: Step['placed'], map: MemoryMap): ExplainedWalk {
  const { buf } = walk
  const hole = searchWalk(walk)
  const chosen = hole.ok ? hole.value : null
  const ranges: WalkedRange[] = []
  for (const one of inTurn(walk)) {
    const verdict = explainRange(one, walk, chosen, placed, map)
    ranges.push(verdict)
    // The kernel looks no further; kexec-tools does, where it wants the highest.
    if (verdict.verdict === 'chosen' && !(walk.search === 'tools' && buf.topDown)) break
  }
  return {
    memsz: buf.memsz,
    align: buf.align,
    min: hex(buf.min),
    max: buf.max === Number.MAX_SAFE_INTEGER ? null : hex(buf.max),
    top_down: buf.topDown,
    ranges,
  }
}

/** In the order of looking; kexec-tools looks at what is left of its list, always from the first on. */
function inTurn({ ranges, visits, taken, search }: Walk): readonly Range[] {
  if (search === 'tools') return subtract(ranges, taken)
  return visits === 'descending' ? [...ranges].reverse() : ranges
}

function explainRange(
  one: Range,
  walk: Walk,
  chosen: number | null,
  placed: Step['placed'],
  map: MemoryMap,
): WalkedRange {
  const wire = { start: hex(one.start), last: hex(one.last) }
  const here = searchWalk({ ...walk, ranges: [one] })
  if (here.ok) {
    const verdict = here.value === chosen ? 'chosen' : 'passed'
    return { range: wire, verdict, mem: hex(here.value) }
  }
  const refusal = here.error.refusals[0]
  if (!refusal) return { range: wire, verdict: 'refused', because: 'taken' }
  const told = wireBecause(refusal.because)
  const kind = 'by' in refusal.because ? kindOf(refusal.because.by, placed) : undefined
  return {
    range: wire,
    verdict: 'refused',
    because: told.because,
    ...(told.short === undefined ? {} : { short: told.short, between: neighbours(one, map) }),
    ...(told.by === undefined ? {} : { by: { ...told.by, ...(kind ? { kind } : {}) } }),
  }
}

function kindOf(by: Range, placed: Step['placed']): SegmentKind | undefined {
  return placed.find(
    (s) => contains(range(s.mem, s.mem + Math.max(s.room, s.memsz) - 1), by) || contains(by, rangeOf(s)),
  )?.kind
}

/** An explanation as text: a line a range, indented below the search that it belongs to. */
export function explanationText({ steps, failure }: Explanation): string {
  const lines = steps.flatMap((step) => [
    `${step.kind}: ${step.mem ?? 'no place'} (${step.because})${step.forgotten ? ', forgotten later' : ''}`,
    ...step.walks.flatMap((walk) => [
      `  ${walk.memsz} bytes, aligned to ${hex(walk.align)}, within ${walk.min}-${walk.max ?? 'any'}, ${walk.top_down ? 'highest' : 'lowest'} first`,
      ...walk.ranges.map((r) => `    ${rangeLine(r)}`),
    ]),
  ])
  if (failure?.code === 'no-hole' && failure.change) {
    const sentences = [failure.change, ...(failure.alternatives ?? [])].map((c) => c.sentence)
    lines.push(...sentences)
  } else if (failure) lines.push(`${failure.code}: ${failure.detail}`)
  return `${lines.join('\n')}\n`
}

function rangeLine({ range: r, verdict, mem, because, short, by, between }: WalkedRange): string {
  const size = sizeOf(range(Number(r.start), Number(r.last)))
  const head = `${r.start}-${r.last} (${size}) ${verdict}`
  if (mem !== undefined) return `${head}: ${mem}`
  const missing = short === undefined ? '' : `, ${short} bytes short`
  const taken = by === undefined ? '' : ` by ${by.kind ?? 'a pin'} ${by.start}-${by.last}`
  const ends = between ? `, between ${between.below} and ${between.above}` : ''
  return `${head}: ${because}${taken}${missing}${ends}`
}
