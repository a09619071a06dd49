import { hex, physAddr, type PhysAddr } from './phys-addr.ts'

/** Bytes `start` through `last`, both included; never empty. */
export interface Range {
  readonly start: PhysAddr
  readonly last: PhysAddr
}

/**
 * Makes a range of its first and last byte.
 *
 * Errors: throws when `last` lies below `start`; there is no empty range.
 */
export function range(start: number, last: number): Range {
  if (last < start) throw new RangeError(`empty range ${hex(start)}-${hex(last)}`)
  return { start: physAddr(start), last: physAddr(last) }
}

/** The range of `bytes` bytes from `start` on. Units: bytes, at least 1. */
export function rangeOfSize(start: number, bytes: number): Range {
  return range(start, start + bytes - 1)
}

export function sizeOf(r: Range): number {
  return r.last - r.start + 1
}

export function overlaps(a: Range, b: Range): boolean {
  return a.start <= b.last && b.start <= a.last
}

export function contains(outer: Range, inner: Range): boolean {
  return outer.start <= inner.start && inner.last <= outer.last
}

export function intersection(a: Range, b: Range): Range | null {
  const start = Math.max(a.start, b.start)
  const last = Math.min(a.last, b.last)
  return start <= last ? range(start, last) : null
}

/** Ascending by first byte, then by last; what ascends already, as every list of a kernel does, is given back. */
export function inOrder(ranges: readonly Range[]): readonly Range[] {
  return isInOrder(ranges) ? ranges : [...ranges].sort((a, b) => a.start - b.start || a.last - b.last)
}

function isInOrder(ranges: readonly Range[]): boolean {
  for (let i = 1; i < ranges.length; i++) {
    const [before, here] = [ranges[i - 1] as Range, ranges[i] as Range]
    if (here.start < before.start || (here.start === before.start && here.last < before.last)) return false
  }
  return true
}

/** The same bytes as the fewest ranges, ascending: what overlaps or touches becomes one. */
export function merged(ranges: readonly Range[]): Range[] {
  const out: Range[] = []
  for (const r of inOrder(ranges)) {
    const before = out.at(-1)
    if (before && r.start <= before.last + 1) {
      if (r.last > before.last) out[out.length - 1] = { start: before.start, last: r.last }
    } else out.push(r)
  }
  return out
}

/**
 * What of `from` is not in `holes`. Each range of `from` is cut by itself, in its own place in the
 * order: neighbours that touch stay two ranges. Linear where both ascend.
 */
export function subtract(from: readonly Range[], holes: readonly Range[]): Range[] {
  const cuts = merged(holes)
  const out: Range[] = []
  for (const r of from) {
    let start: number = r.start
    for (let i = firstNotBelow(cuts, r.start); i < cuts.length; i++) {
      const cut = cuts[i] as Range
      if (cut.start > r.last) break
      if (cut.start > start) out.push(range(start, cut.start - 1))
      start = cut.last + 1
    }
    if (start === r.start) out.push(r)
    else if (start <= r.last) out.push(range(start, r.last))
  }
  return out
}

/** What lies in both sets, ascending and merged. */
export function inBoth(a: readonly Range[], b: readonly Range[]): Range[] {
  const left = merged(a)
  const right = merged(b)
  const out: Range[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    const x = left[i] as Range
    const y = right[j] as Range
    const both = intersection(x, y)
    if (both) out.push(both)
    if (x.last < y.last) i++
    else j++
  }
  return out
}

/** The index of the first of the ascending, disjoint `ranges` whose last byte is not below `at`. */
export function firstNotBelow(ranges: readonly Range[], at: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const mid = Math.floor((low + high) / 2)
    if ((ranges[mid] as Range).last < at) low = mid + 1
    else high = mid
  }
  return low
}
