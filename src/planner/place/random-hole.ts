import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import type { KexecBuf } from './kexec-buf.ts'
import { placesIn } from './nearest-hole.ts'

/**
 * One of all aligned places of a buf, each as likely as any other; null where there is none.
 *
 * `draw`: a number from 0 up to, not including, 1.
 */
export function randomHole(
  buf: KexecBuf,
  ranges: readonly Range[],
  taken: readonly Range[],
  draw: number,
): PhysAddr | null {
  const spans = placesIn(buf, ranges, taken)
  const countOf = (span: (typeof spans)[number]) => (span.highest - span.lowest) / buf.align + 1
  let left = Math.floor(draw * spans.reduce((sum, span) => sum + countOf(span), 0))
  for (const span of spans) {
    const count = countOf(span)
    if (left < count) return physAddr(span.lowest + left * buf.align)
    left -= count
  }
  return null
}
