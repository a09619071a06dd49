import type { PhysAddr } from '../bytes/phys-addr.ts'
import { ok, type Result } from '../bytes/result.ts'
import { locateHole } from './locate-hole.ts'
import { nearestHole } from './nearest-hole.ts'
import { randomHole } from './random-hole.ts'
import type { NoHole } from './refusal.ts'
import { toolsHole } from './tools-hole.ts'
import type { Walk } from './walk.ts'

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
