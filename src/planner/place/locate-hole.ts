import { alignDown, alignUp } from '../bytes/align.ts'
import { firstNotBelow, overlaps, range, sizeOf, type Range } from '../bytes/range.ts'
import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import type { KexecBuf } from './kexec-buf.ts'
import type { Because, NoHole, Refusal } from './refusal.ts'

/**
 * Finds where the kernel would put one buffer.
 *
 * Walks `ranges` in the order given and takes, in the first that has one, the highest (top-down) or
 * lowest aligned hole of `memsz` bytes that is clear of `taken`. The kernel steps a page at a time and
 * aligns again; going straight past what is in the way tries the same aligned addresses.
 *
 * Units: bytes. `ranges` must already be in walk order (see `rules/`); bottom-up that is ascending, and
 * those below `min` are stepped over at once: arm64's loader searches again and again from higher up.
 * Errors: `no-hole`, with one refusal for each range walked. Where the kernel's unsigned arithmetic
 * would run below zero it stores a huge address and fails the whole load: `wrapped` ends the walk.
 * Source: Linux kernel/kexec_file.c, the hole search; the start of a top-down search differs by release.
 */
export function locateHole(
  buf: KexecBuf,
  ranges: readonly Range[],
  taken: readonly Range[],
  topDownStart: KernelRules['topDownStart'],
): Result<PhysAddr, NoHole> {
  const first = buf.topDown ? 0 : firstNotBelow(ranges, buf.min)
  const refusals: Refusal[] = []
  for (let i = first; i < ranges.length; i++) {
    const r = ranges[i] as Range
    const found = placeIn(r, buf, taken, topDownStart)
    if (typeof found === 'number') return ok(physAddr(found))
    refusals.push({ range: r, because: found })
    if (found.code === 'wrapped') return err({ code: 'no-hole', buf, refusals, wrapped: true })
  }
  const below = ranges
    .slice(0, first)
    .map((r): Refusal => ({ range: r, because: beyond(r, buf) ?? { code: 'below-min' } }))
  return err({ code: 'no-hole', buf, refusals: [...below, ...refusals], wrapped: false })
}

/** The place in one range, or why there is none. */
export function placeIn(
  r: Range,
  buf: KexecBuf,
  taken: readonly Range[],
  topDownStart: KernelRules['topDownStart'],
): number | Because {
  return buf.topDown ? highestIn(r, buf, taken, topDownStart) : lowestIn(r, buf, taken)
}

function highestIn(
  r: Range,
  buf: KexecBuf,
  taken: readonly Range[],
  topDownStart: KernelRules['topDownStart'],
): number | Because {
  const outside = beyond(r, buf)
  if (outside) return outside
  const spare = topDownStart === 'last-memsz' ? 0 : 1
  let inTheWay: Range | null = null
  let at = Math.min(r.last, buf.max) - buf.memsz + spare
  if (at < 0) return { code: 'wrapped' }
  for (;;) {
    if (at < 0) return r.start === 0 && buf.min === 0 ? { code: 'wrapped' } : refused(r, buf, inTheWay)
    at = alignDown(at, buf.align)
    if (at < r.start || at < buf.min) return refused(r, buf, inTheWay)
    const hit = firstHit(at, buf.memsz, taken)
    if (!hit) return at
    inTheWay = hit
    at = hit.start - buf.memsz
  }
}

function lowestIn(r: Range, buf: KexecBuf, taken: readonly Range[]): number | Because {
  const outside = beyond(r, buf)
  if (outside) return outside
  let inTheWay: Range | null = null
  let at = Math.max(r.start, buf.min)
  for (;;) {
    at = alignUp(at, buf.align)
    const last = at + buf.memsz - 1
    if (last > r.last || last > buf.max) return refused(r, buf, inTheWay)
    const hit = firstHit(at, buf.memsz, taken)
    if (!hit) return at
    inTheWay = hit
    at = hit.last + 1
  }
}

/** The tests that the kernel makes before it looks for a hole in a range. */
function beyond(r: Range, buf: KexecBuf): Because | null {
  if (sizeOf(r) < buf.memsz) return { code: 'too-small', short: buf.memsz - sizeOf(r) }
  if (r.last < buf.min) return { code: 'below-min' }
  if (r.start > buf.max) return { code: 'above-max' }
  return null
}

/** Names the neighbour in the way, else how many bytes the aligned part of the range is short. */
function refused(r: Range, buf: KexecBuf, inTheWay: Range | null): Because {
  if (inTheWay) return { code: 'taken', by: inTheWay }
  const first = alignUp(Math.max(r.start, buf.min), buf.align)
  return { code: 'no-aligned-hole', short: Math.max(1, first + buf.memsz - 1 - Math.min(r.last, buf.max)) }
}

function firstHit(at: number, memsz: number, taken: readonly Range[]): Range | null {
  const wanted = range(at, at + memsz - 1)
  return taken.find((t) => overlaps(t, wanted)) ?? null
}
