import { subtract, type Range } from '../bytes/range.ts'
import type { MemoryMap, NamedRange } from './memory-map.ts'
import { bookable } from './views.ts'

/**
 * The lowest range that stands in the way of booking `wanted` in the strict view, and what it is; null
 * exactly when that view has a range that contains `wanted`.
 *
 * Where several hold the same byte, the one that says most is named. What is held is told as a whole; of
 * what is missing (no RAM), only the part within `wanted`.
 * `own`: the segments of the plan that booted the running kernel; they and the running kernel hold nothing.
 * `excepted`: protected memory that the next boot does without.
 */
export function whoHolds(
  map: MemoryMap,
  wanted: Range,
  own: readonly Range[] = [],
  excepted: readonly Range[] = [],
): NamedRange | null {
  const [blocked] = subtract([wanted], bookable(map, 'strict', own, excepted))
  return blocked ? holderOf(map, blocked, own) : null
}

/** Who holds the first byte of a range that is closed from there on. */
function holderOf(map: MemoryMap, blocked: Range, own: readonly Range[]): NamedRange {
  const stopped = [...own, ...map.runningTree, ...(map.runningKernel ? [map.runningKernel] : [])]
  const whole = (named: readonly NamedRange[]) => named.find((n) => has(n.range, blocked.start))
  const left = (named: readonly NamedRange[]): NamedRange | undefined => {
    const at = named.filter((n) => has(n.range, blocked.start))
    return whole(at.flatMap((n) => subtract([n.range], stopped).map((r) => ({ range: r, why: n.why }))))
  }
  const nested = map.arch === 'arm64' ? map.nested : []
  // The order is that of what says most.
  return (
    whole(map.hazards) ??
    whole(map.protected) ??
    left(nested.filter((n) => n.why !== 'reserved')) ??
    left(map.memblockReserved.map((r) => ({ range: r, why: 'reserved by memblock' }))) ??
    left(nested) ??
    missing(map, blocked)
  )
}

/** What nobody holds is something that some source does not have as RAM at all. */
function missing(map: MemoryMap, blocked: Range): NamedRange {
  const managed = map.driverManaged.find((r) => has(r, blocked.start))
  if (managed) return { range: managed, why: 'System RAM that a driver added' }
  const sources: readonly (readonly [readonly Range[] | null, string])[] = [
    [map.systemRam, 'no System RAM'],
    [map.memblockMemory, 'no memory by memblock'],
    [map.firmwareRam, 'no RAM by the firmware map'],
  ]
  const gaps = sources.flatMap(([ram, why]) => {
    const gap = ram && subtract([blocked], ram)[0]
    return gap?.start === blocked.start ? [{ range: gap, why }] : []
  })
  return gaps[0] ?? { range: blocked, why: 'not bookable' }
}

function has(r: Range, at: number): boolean {
  return r.start <= at && at <= r.last
}
