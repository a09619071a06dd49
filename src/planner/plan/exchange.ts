import type { StrategyName } from '../names.ts'
import { merged, type Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { searchWalk } from '../place/search-walk.ts'
import type { Walk } from '../place/walk.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { Step } from './watch.ts'

/** One loader's step for one kind of segment. */
export interface Side {
  readonly strategy: StrategyName
  readonly step: Step
}

export interface Host {
  readonly snapshot: Snapshot
  readonly map: MemoryMap
  /** The reservation that both must stay in; null for a reboot. */
  readonly area: Range | null
}

/** What decides a search, in the order in which it is suspected. */
export const PARTS = ['ranges', 'walk', 'search', 'memsz', 'align', 'limits', 'taken'] as const
export type Part = (typeof PARTS)[number]

/** What a search finds; null where it finds nothing. */
export function found(walk: Walk): number | null {
  const hole = searchWalk(walk)
  return hole.ok ? hole.value : null
}

/** Whether the two agree in one part. */
export function same(part: Part, a: Walk, b: Walk): boolean {
  switch (part) {
    case 'ranges':
      return text(a.ranges) === text(b.ranges)
    case 'walk':
      return a.visits === b.visits && a.buf.topDown === b.buf.topDown
    case 'search':
      return a.search === b.search
    case 'memsz':
      return a.buf.memsz === b.buf.memsz
    case 'align':
      return a.buf.align === b.buf.align
    case 'limits':
      return a.buf.min === b.buf.min && a.buf.max === b.buf.max
    case 'taken':
      return text(merged(a.taken)) === text(merged(b.taken))
  }
}

function text(ranges: readonly Range[]): string {
  return ranges.map((r) => `${r.start}-${r.last}`).join()
}

/** `from`'s search with some parts of `to`'s. */
export function exchange(from: Walk, to: Walk, parts: readonly Part[]): Walk {
  const has = (part: Part) => (parts.includes(part) ? to : from)
  return {
    ranges: has('ranges').ranges,
    visits: has('walk').visits,
    search: has('search').search,
    taken: has('taken').taken,
    buf: {
      ...from.buf,
      topDown: has('walk').buf.topDown,
      memsz: has('memsz').buf.memsz,
      align: has('align').buf.align,
      min: has('limits').buf.min,
      max: has('limits').buf.max,
    },
  }
}

/**
 * The first of the smallest sets that is enough; all of them always are. `cheaply`: only one that cannot
 * do without any of its parts, in as many trials as there are parts.
 */
export function fewest(
  parts: readonly Part[],
  cheaply: boolean,
  enough: (some: readonly Part[]) => boolean,
): readonly Part[] {
  if (cheaply) {
    return [...parts].reverse().reduce<readonly Part[]>((kept, part) => {
      const rest = kept.filter((p) => p !== part)
      return rest.length > 0 && enough(rest) ? rest : kept
    }, parts)
  }
  for (let size = 1; size < parts.length; size++) {
    const set = subsets(parts, size).find(enough)
    if (set) return set
  }
  return parts
}

function subsets(parts: readonly Part[], size: number): Part[][] {
  if (size === 0) return [[]]
  return parts.flatMap((part, i) => subsets(parts.slice(i + 1), size - 1).map((rest) => [part, ...rest]))
}
