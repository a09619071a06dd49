import { alignDown, alignUp } from '../bytes/align.ts'
import { inOrder, subtract, type Range } from '../bytes/range.ts'
import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { KexecBuf } from './kexec-buf.ts'
import type { Because, NoHole, Refusal } from './refusal.ts'

/**
 * Finds where kexec-tools would put one buffer.
 *
 * Unlike the kernel it cuts what is placed out of the ranges first, then looks at each remaining piece
 * once: bottom-up the first that fits wins, top-down the last one. Whether a piece fits is judged from
 * its aligned start in both directions, and a piece of one byte does not count.
 *
 * Units: bytes. `ranges` in the order of the tool's own list.
 * Errors: `no-hole`, with one refusal for each piece.
 * Source: kexec-tools kexec/kexec.c, the hole search.
 */
export function toolsHole(
  buf: KexecBuf,
  ranges: readonly Range[],
  placed: readonly Range[],
): Result<PhysAddr, NoHole> {
  const refusals: Refusal[] = []
  let highest: number | null = null
  for (const piece of subtract(ranges, inOrder(placed))) {
    const at = holeIn(piece, buf)
    if (typeof at !== 'number') refusals.push({ range: piece, because: at })
    else if (!buf.topDown) return ok(physAddr(at))
    else highest = at
  }
  if (highest === null || highest + buf.memsz - 1 > buf.max) {
    return err({ code: 'no-hole', buf, refusals, wrapped: false })
  }
  return ok(physAddr(highest))
}

function holeIn(piece: Range, buf: KexecBuf): number | Because {
  const first = alignUp(Math.max(piece.start, buf.min), buf.align)
  const last = Math.min(piece.last, buf.max)
  if (piece.last < buf.min) return { code: 'below-min' }
  if (piece.start > buf.max) return { code: 'above-max' }
  if (first >= last) return { code: 'no-aligned-hole', short: buf.memsz }
  const short = buf.memsz - (last - first + 1)
  if (short > 0)
    return { code: piece.last - piece.start + 1 < buf.memsz ? 'too-small' : 'no-aligned-hole', short }
  return buf.topDown ? alignDown(last - buf.memsz + 1, buf.align) : first
}
