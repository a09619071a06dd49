import { alignUp } from '../bytes/align.ts'
import { MAX_PHYS_ADDR } from '../bytes/phys-addr.ts'
import { merged, range, sizeOf, type Range } from '../bytes/range.ts'

/** How much free memory there is, and in how many pieces. Units: bytes. */
export interface Room {
  readonly largest: Range | null
  readonly total: number
  readonly holes: number
  /** From 0, all in one piece, up to 1: the part of the free memory that lies outside of the largest hole. */
  readonly fragmentation: number
}

/** A hole that somebody asks for. Units: bytes. */
export interface HoleWanted {
  readonly bytes: number
  /** A power of two. */
  readonly align: number
  /** The lowest and the highest address that any byte of it may have. */
  readonly min: number
  readonly max: number
}

/** Whether there is such a hole. */
export interface HoleFound {
  readonly has: boolean
  /** The largest within the limits, from its first aligned byte on. */
  readonly largest: Range | null
  /** What the largest lacks; 0 where it is enough. Units: bytes. */
  readonly short: number
}

export const ANYWHERE: Pick<HoleWanted, 'align' | 'min' | 'max'> = { align: 1, min: 0, max: MAX_PHYS_ADDR }

/** The score of one boot's free memory. */
export function roomOf(ranges: readonly Range[]): Room {
  const free = merged(ranges)
  const largest = largestOf(free)
  const total = free.reduce((sum, r) => sum + sizeOf(r), 0)
  const fragmentation = largest ? 1 - sizeOf(largest) / total : 0
  return { largest, total, holes: free.length, fragmentation }
}

/** Looks for a hole; of two as large, the lower. */
export function findHole(ranges: readonly Range[], { bytes, align, min, max }: HoleWanted): HoleFound {
  const usable = merged(ranges).flatMap((r) => {
    const start = alignUp(Math.max(r.start, min), align)
    const last = Math.min(r.last, max)
    return start <= last ? [range(start, last)] : []
  })
  const largest = largestOf(usable)
  const short = Math.max(0, bytes - (largest ? sizeOf(largest) : 0))
  return { has: short === 0, largest, short }
}

/**
 * How far a segment can grow from its address on before it meets something that is not free, or `next`,
 * the address of the segment above it. Null where not even its first byte is free.
 *
 * Units: bytes.
 */
export function roomFrom(mem: number, free: readonly Range[], next: number | null): number | null {
  const within = merged(free).find((r) => r.start <= mem && mem <= r.last)
  if (!within) return null
  return Math.min(within.last + 1, next ?? Number.POSITIVE_INFINITY) - mem
}

function largestOf(ranges: readonly Range[]): Range | null {
  return ranges.reduce<Range | null>((best, r) => (best && sizeOf(best) >= sizeOf(r) ? best : r), null)
}
