import { alignDown, alignUp } from '../planner/bytes/align.ts'
import { contains, intersection, range, rangeOfSize, subtract, type Range } from '../planner/bytes/range.ts'
import type { CrashRequest } from './cmdline-memory.ts'

const FOUR_GIB = 0x100000000
const MIB = 0x100000

/**
 * Where a booting kernel puts its crash kernel: at the place asked for, else top-down, below 4 GiB first
 * unless `,high` is asked for. Null where there is no room.
 *
 * Units: bytes. Source: Linux kernel/crash_reserve.c; alignment 16 MiB on x86_64, 2 MiB on arm64.
 */
export function crashArea(
  request: CrashRequest | null,
  ram: readonly Range[],
  taken: readonly Range[],
  arch: 'arm64' | 'x86_64',
): Range | null {
  if (!request || request.size === 0) return null
  const align = (arch === 'arm64' ? 2 : 16) * MIB
  const size = alignUp(request.size, MIB)
  const free = subtract(ram, taken)
  if (request.at !== null) {
    const wanted = rangeOfSize(request.at, size)
    return free.some((r) => contains(r, wanted)) ? wanted : null
  }
  const low = free.flatMap((r) => intersection(r, range(0, FOUR_GIB - 1)) ?? [])
  return highest(request.high ? free : low, size, align) ?? highest(free, size, align)
}

/** The highest aligned place of `size` bytes. */
export function highest(free: readonly Range[], size: number, align: number): Range | null {
  for (const r of free.toReversed()) {
    if (r.last - r.start + 1 < size) continue
    const start = alignDown(r.last + 1 - size, align)
    if (start >= r.start) return rangeOfSize(start, size)
  }
  return null
}
