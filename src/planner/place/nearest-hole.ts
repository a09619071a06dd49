import { alignDown, alignUp } from '../bytes/align.ts'
import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { firstNotBelow, subtract, type Range } from '../bytes/range.ts'
import type { KexecBuf } from './kexec-buf.ts'

/**
 * The place for a buf that is nearest to an address; of two as near, the lower. Null where there is none.
 *
 * Looks at the ranges from that address outwards, and no further than the best place that it has found.
 *
 * Units: bytes. `ranges` ascending.
 */
export function nearestHole(
  buf: KexecBuf,
  ranges: readonly Range[],
  taken: readonly Range[],
  to: number,
): PhysAddr | null {
  let best: number | null = null
  const isFarther = (distance: number) => best !== null && distance > Math.abs(best - to)
  const look = (r: Range) => {
    for (const at of nearestPlaces(buf, r, taken, to)) {
      const distance = Math.abs(at - to)
      if (best === null || distance < Math.abs(best - to)) best = at
      else if (distance === Math.abs(best - to)) best = Math.min(at, best)
    }
  }
  const middle = firstNotBelow(ranges, Math.min(Math.max(to, buf.min), buf.max))
  for (let i = middle - 1; i >= 0; i--) {
    const r = ranges[i] as Range
    if (r.last < buf.min || isFarther(to - r.last)) break
    look(r)
  }
  for (let i = middle; i < ranges.length; i++) {
    const r = ranges[i] as Range
    if (r.start > buf.max || isFarther(r.start - to)) break
    look(r)
  }
  return best === null ? null : physAddr(best)
}

/** In each free piece of a range the two places around the one that is asked for. */
function nearestPlaces(buf: KexecBuf, r: Range, taken: readonly Range[], to: number): number[] {
  return placesIn(buf, [r], taken).flatMap(({ lowest, highest }) => {
    const place = alignDown(Math.min(Math.max(to, lowest), highest), buf.align)
    return [place, place + buf.align].filter((at) => at >= lowest && at <= highest)
  })
}

/** The aligned places of a buf: from `lowest` through `highest` in steps of its alignment, ascending. */
export function placesIn(
  buf: KexecBuf,
  ranges: readonly Range[],
  taken: readonly Range[],
): { readonly lowest: number; readonly highest: number }[] {
  return subtract(ranges, taken).flatMap((r) => {
    const lowest = alignUp(Math.max(r.start, buf.min), buf.align)
    const most = Math.min(r.last, buf.max) - buf.memsz + 1
    return most >= lowest ? [{ lowest, highest: alignDown(most, buf.align) }] : []
  })
}
