import type { Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'

/** What lies just below and just above a range: what would have to go for the range to grow. */
export function neighbours(r: Range, map: MemoryMap): { below: string; above: string } {
  return { below: holderOf(r.start - 1, map), above: holderOf(r.last + 1, map) }
}

/** Who holds one byte, by the source that knows best. */
function holderOf(at: number, map: MemoryMap): string {
  const has = (r: Range) => r.start <= at && at <= r.last
  const named = [...map.hazards, ...map.protected].find((n) => has(n.range))
  if (named) return named.why
  if (map.runningKernel && has(map.runningKernel)) return 'the running kernel'
  if (map.crashKernel.some(has)) return 'Crash kernel'
  const nested = map.nested.find((n) => has(n.range))
  if (map.memblockReserved.some(has)) return 'memblock reserved'
  if (nested) return `iomem ${nested.why}`
  return map.systemRam.some(has) ? 'System RAM' : 'no System RAM'
}
