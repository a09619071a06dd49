import { keptBeside } from '../bytes/beside.ts'
import { firstOverlap, rangeIndex, type RangeIndex } from '../bytes/range-index.ts'
import { overlaps, type Range } from '../bytes/range.ts'
import type { MemoryMap, NamedRange } from '../memory/memory-map.ts'

/** What lies just below and just above a range: what would have to go for the range to grow. */
export function neighbours(r: Range, map: MemoryMap): { below: string; above: string } {
  return { below: holderOf(r.start - 1, map), above: holderOf(r.last + 1, map) }
}

/** Who holds one byte, by the source that knows best. */
function holderOf(at: number, map: MemoryMap): string {
  const known = indexesOf(map)
  const byte = { start: at, last: at } as Range
  const named = firstOverlap(known.hazards, byte) ?? firstOverlap(known.protected, byte)
  if (named) return named.why
  if (map.runningKernel && overlaps(map.runningKernel, byte)) return 'the running kernel'
  if (map.crashKernel.some((r) => overlaps(r, byte))) return 'Crash kernel'
  const nested = firstOverlap(known.nested, byte)
  if (firstOverlap(known.reserved, byte)) return 'memblock reserved'
  if (nested) return `iomem ${nested.why}`
  return firstOverlap(known.ram, byte) ? 'System RAM' : 'no System RAM'
}

interface Indexes {
  readonly hazards: RangeIndex<NamedRange>
  readonly protected: RangeIndex<NamedRange>
  readonly nested: RangeIndex<NamedRange>
  readonly reserved: RangeIndex<Range>
  readonly ram: RangeIndex<Range>
}

/** A refusal asks for the neighbours of every range that was walked. */
function indexesOf(map: MemoryMap): Indexes {
  const known = indexes(map)
  return (known.all ??= {
    hazards: rangeIndex(map.hazards, rangeOf),
    protected: rangeIndex(map.protected, rangeOf),
    nested: rangeIndex(map.nested, rangeOf),
    reserved: rangeIndex(map.memblockReserved, (r) => r),
    ram: rangeIndex(map.systemRam, (r) => r),
  })
}

const indexes = keptBeside<MemoryMap, { all: Indexes }>()

function rangeOf({ range }: NamedRange): Range {
  return range
}
