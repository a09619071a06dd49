import type { Range } from '../bytes/range.ts'
import type { PhysAddr } from '../bytes/phys-addr.ts'
import { ok, type Result } from '../bytes/result.ts'
import type { KexecBuf } from './kexec-buf.ts'
import { locateHole } from './locate-hole.ts'
import { nearestHole } from './nearest-hole.ts'
import { randomHole } from './random-hole.ts'
import type { NoHole } from './refusal.ts'
import { toolsHole } from './tools-hole.ts'

/**
 * One search for one buf, with all that decides its outcome: made again with one part exchanged, it
 * shows what that part was the cause of.
 */
export interface Walk {
  readonly buf: KexecBuf
  /** What may be booked, ascending, or in the order of kexec-tools' own list. */
  readonly ranges: readonly Range[]
  /** Which range is looked at first. */
  readonly visits: 'ascending' | 'descending'
  /** What is taken: segments placed before, and what a pinned plan keeps free for them. */
  readonly taken: readonly Range[]
  /** Whose arithmetic: the kernel's up to 6.7 and since, or that of kexec-tools. */
  readonly search: 'last-memsz' | 'last-memsz+1' | 'tools'
  /** Not the first hole but, of all places, the nearest to this address: where a pin lay. */
  readonly near?: number
  /** Not the first hole but any, as drawn: from 0 up to, not including, 1. */
  readonly draw?: number
}

/**
 * Makes the search.
 *
 * Errors: `no-hole`, with one refusal for each range or piece that was looked at.
 */
export function searchWalk(walk: Walk): Result<PhysAddr, NoHole> {
  const { buf, ranges, visits, taken, search, near, draw } = walk
  const place =
    near !== undefined
      ? nearestHole(buf, ranges, taken, near)
      : draw !== undefined
        ? randomHole(buf, ranges, taken, draw)
        : null
  if (place !== null) return ok(place)
  if (search === 'tools') {
    // Its own search keeps the last piece that fits where it goes top-down: the highest of an ascending list.
    const last = buf.topDown ? visits === 'ascending' : visits === 'descending'
    return toolsHole(buf, last ? [...ranges].reverse() : ranges, taken)
  }
  return locateHole(buf, visits === 'descending' ? [...ranges].reverse() : ranges, taken, search)
}
