import type { Load, Placer } from '../arch/arch.ts'
import type { Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { toolsRanges } from '../memory/tools-ranges.ts'
import { bookable } from '../memory/views.ts'
import { whoHolds } from '../memory/who-holds.ts'
import { calmGround, stableGround, volatileRanges } from '../pin/ground.ts'
import { DEFAULT_POLICY } from '../pin/policy.ts'
import { kexecFile } from '../place/kexec-file.ts'
import { kexecTools } from '../place/kexec-tools.ts'
import { pinned, type Grounds } from '../place/pinned.ts'
import { walkOf } from '../rules/walk-of.ts'
import { exceptedRanges, type GrantedException } from './grant.ts'
import type { PlanRequest, Sha256 } from './plan-request.ts'

/** Each strategy is a way to choose; the order and the limits of the bufs are the architecture's. */
export function placerFor(
  request: PlanRequest,
  load: Load,
  map: MemoryMap,
  granted: readonly GrantedException[],
  { sha256, grounds }: { readonly sha256: Sha256; readonly grounds: GroundsOf },
): Placer {
  const { snapshot, strategy } = request
  const area = load.crash ? load.crash.area.main : null
  if (strategy === 'kexec_tools') return kexecTools(toolsRanges(snapshot, area), area, request.toolsWindow)
  if (strategy === 'kexec_file') return ownPlacer(load, map)
  const excepted = exceptedRanges(map, granted)
  return pinned({
    grounds: area ? { calm: [area], stable: [area], today: [area] } : grounds(request, map, excepted),
    pins: request.pins.filter((p) => p.purpose === request.purpose),
    pageSize: load.pageSize,
    policy: request.policy ?? DEFAULT_POLICY,
    draw: (kind) => drawnBy(`${request.randomSeed ?? ''} ${kind}`, sha256),
    holder: (wanted) => (area ? { range: wanted, why: OUTSIDE } : whoHolds(map, wanted, request.booted)),
  })
}

const OUTSIDE = "not within the crash kernel's reservation"

export type GroundsOf = (request: PlanRequest, map: MemoryMap, excepted: readonly Range[]) => Grounds

/**
 * The grounds of one request, whatever is tried of it: neither another size nor another pin moves them, only another
 * map does. They cost more than all searches of a plan together.
 */
export function groundsKept(): GroundsOf {
  let kept: { readonly map: MemoryMap; readonly grounds: Grounds } | null = null
  return (request, map, excepted) => {
    if (kept?.map !== map) kept = { map, grounds: groundsOf(request, map, excepted) }
    return kept.grounds
  }
}

/** What an exception frees today, no remembered boot needs to have had free. */
function groundsOf(request: PlanRequest, map: MemoryMap, excepted: readonly Range[]): Grounds {
  const { booted, history = [] } = request
  const today = bookable(map, 'strict', booted, excepted)
  const boots = [{ strict: today, volatile: volatileRanges(map, booted) }, ...history]
  return { calm: calmGround(boots), stable: stableGround(boots), today }
}

const DRAW_DIGITS = 13

/** A number from 0 up to 1 that follows from a text, and looks random. */
function drawnBy(text: string, sha256: Sha256): number {
  return Number.parseInt(sha256(text).slice(0, DRAW_DIGITS), 16) / 16 ** DRAW_DIGITS
}

/** The running kernel's own walk: a crash kernel's reservation, scratch areas where it hands over, else all. */
function ownPlacer(load: Load, map: MemoryMap): Placer {
  const { rules, crash, handsOn, snapshot } = load
  if (crash) return kexecFile([crash.area.main], rules)
  // Scratch areas are walked in their own order, whatever the direction.
  if (handsOn.scratch.length > 0) return kexecFile(handsOn.scratch, { ...rules, topDownOrder: 'ascending' })
  return kexecFile(bookable(map, walkOf(snapshot, rules)), rules)
}
