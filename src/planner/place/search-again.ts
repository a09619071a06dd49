import type { SegmentKind } from '../names.ts'
import { MAX_PHYS_ADDR, physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { firstNotBelow, inOrder, sizeOf, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import { placeIn } from './locate-hole.ts'
import { nearestHole } from './nearest-hole.ts'
import type { NoHole, Refusal } from './refusal.ts'
import { searchWalk } from './search-walk.ts'
import type { Walk } from './walk.ts'

interface Listed {
  readonly ranges: readonly Range[]
  readonly memsz: number
  /** Scratch areas of kexec handover are few, and in an order of their own. */
  readonly ascends: boolean
  /** Those that could hold the buf, ascending; absent before the second search. */
  able?: readonly Range[]
}

/**
 * `searchWalk` for a loader that asks again: arm64's forgets everything and begins anew with a higher kernel, as
 * often as there are holes for one. On a map of many thousand ranges, which a hostile host can make up, that takes hours.
 *
 * The first search for a kind looks at every range. From the second on those are left out in which the buf has
 * no place whatever its limits and whatever is taken, and what lies beyond its limits is stepped over at
 * once. What is found is the same; a refusal tells of the ranges that are left, until `toldWhole`.
 */
export function searchAgain(): (walk: Walk) => Result<PhysAddr, NoHole> {
  const lists = new Map<SegmentKind, Listed[]>()
  return (walk) => {
    const { buf, ranges, search, near, draw } = walk
    // Nobody looks near a place by the old arithmetic.
    if (search === 'tools' || draw !== undefined || (near !== undefined && search === 'last-memsz'))
      return searchWalk(walk)
    const ofKind = lists.get(buf.kind) ?? []
    lists.set(buf.kind, ofKind)
    const before = ofKind.find((listed) => listed.ranges === ranges && listed.memsz === buf.memsz)
    if (!before) ofKind.push({ ranges, memsz: buf.memsz, ascends: inOrder(ranges) === ranges })
    if (!before?.ascends) return searchWalk(walk)
    before.able ??= ableRanges(walk, search)
    const found = searchAble(walk, before.able, search)
    // That ends the load: it is told with everything that was walked.
    return !found.ok && found.error.wrapped ? searchWalk(walk) : found
  }
}

/** A refusal with every range of its last search: one that was made again has left those out that never had a place. */
export function toldWhole<E extends { readonly code: string }>(failure: E | NoHole): E | NoHole {
  if (failure.code !== 'no-hole') return failure
  const { walks = [] } = failure as NoHole
  const last = walks.at(-1)
  const whole = last && searchWalk(last)
  return whole && !whole.ok ? { ...whole.error, walks } : failure
}

function ableRanges({ buf, ranges }: Walk, topDownStart: KernelRules['topDownStart']): readonly Range[] {
  const anywhere = { ...buf, min: 0, max: MAX_PHYS_ADDR }
  return ranges.filter((r) => {
    // At most one: with a limit that lies low enough, the kernel's arithmetic runs below zero in it.
    if (buf.topDown && r.start < buf.memsz && sizeOf(r) >= buf.memsz) return true
    return typeof placeIn(r, anywhere, [], topDownStart) === 'number'
  })
}

function searchAble(
  { buf, taken, near, visits }: Walk,
  able: readonly Range[],
  topDownStart: KernelRules['topDownStart'],
): Result<PhysAddr, NoHole> {
  const place = near === undefined ? null : nearestHole(buf, able, taken, near)
  if (place !== null) return ok(place)
  const refusals: Refusal[] = []
  const down = visits === 'descending'
  for (let i = buf.topDown ? 0 : firstNotBelow(able, buf.min); i < able.length; i++) {
    const r = able[down ? able.length - 1 - i : i] as Range
    const found = placeIn(r, buf, taken, topDownStart)
    if (typeof found === 'number') return ok(physAddr(found))
    refusals.push({ range: r, because: found })
    if (found.code === 'wrapped') return err({ code: 'no-hole', buf, refusals, wrapped: true })
    // Whatever comes next lies further out.
    if (found.code === (down ? 'below-min' : 'above-max')) break
  }
  return err({ code: 'no-hole', buf, refusals, wrapped: false })
}
