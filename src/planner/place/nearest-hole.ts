import { alignDown, alignUp } from '../bytes/align.ts'
import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { subtract, type Range } from '../bytes/range.ts'
import type { KexecBuf } from './kexec-buf.ts'

/**
 * The place for a buf that is nearest to an address; of two as near, the lower. Null where there is none.
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
  for (const { lowest, highest } of placesIn(buf, ranges, taken)) {
    const place = alignDown(Math.min(Math.max(to, lowest), highest), buf.align)
    for (const at of [place, place + buf.align]) {
      if (at < lowest || at > highest) continue
      if (best === null || Math.abs(at - to) < Math.abs(best - to)) best = at
    }
  }
  return best === null ? null : physAddr(best)
}

/** The aligned places of a buf: from `lowest` through `highest` in steps of its alignment, ascending. */
export function placesIn(
  buf: KexecBuf,
  ranges: readonly Range[],
  taken: readonly Range[],
): { readonly lowest: number; readonly highest: number }[] {
  return subtract(ranges, taken).flatMap((r) => {
    const lowest = alignUp(Math.max(r.start, buf.min), buf.align)
    const highest = alignDown(Math.min(r.last, buf.max) - buf.memsz + 1, buf.align)
    return highest >= lowest && highest >= 0 ? [{ lowest, highest }] : []
  })
}
