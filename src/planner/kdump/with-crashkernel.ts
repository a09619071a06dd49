import { alignUp } from '../bytes/align.ts'
import { contains, overlaps, range, rangeOfSize, sizeOf, type Range } from '../bytes/range.ts'
import { memoryMap } from '../memory/memory-map.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { crashArea } from './crash-area.ts'

/** Where a reservation begins at the latest: x86_64 aligns it to 16 MiB, arm64 to less. */
const RESERVATION_ALIGN = 0x1000000

/**
 * The same host with `size` bytes reserved for a crash kernel: from where its main reservation begins
 * today, or, without one, in its largest System RAM. What lies in the way is left out: this host is made
 * to ask how much is enough, and where a real one would put so much is not known before it boots.
 *
 * Units: bytes, whole pages.
 */
export function withCrashkernel(snapshot: Snapshot, size: number): Snapshot {
  const map = memoryMap(snapshot)
  const today = crashArea(map)?.main ?? null
  const largest = [...map.systemRam].sort((a, b) => sizeOf(b) - sizeOf(a))[0]
  const start = today?.start ?? alignUp(largest?.start ?? 0, RESERVATION_ALIGN)
  const wanted = rangeOfSize(start, size)
  const iomem = (snapshot.iomem as readonly IomemEntry[]).flatMap((e) => grown(e, wanted, today))
  if (snapshot.firmwareMap === null) return { ...snapshot, iomem }
  const firmwareMap = snapshot.firmwareMap.flatMap((e) => {
    if (holds(e.range, wanted)) return [{ ...e, range: covering(e.range, wanted) }]
    return overlaps(e.range, wanted) ? [] : [e]
  })
  return { ...snapshot, iomem, firmwareMap }
}

function grown(entry: IomemEntry, wanted: Range, today: Range | null): IomemEntry[] {
  if (!holds(entry.range, wanted)) return overlaps(entry.range, wanted) ? [] : [entry]
  const own = entry.children.filter((c) => !(c.name === 'Crash kernel' && c.range.start === today?.start))
  const clear = own.filter((c) => !overlaps(c.range, wanted) || contains(c.range, wanted))
  const children = [...clear, { range: wanted, name: 'Crash kernel', children: [] }]
  return [
    {
      ...entry,
      range: covering(entry.range, wanted),
      children: children.sort((a, b) => a.range.start - b.range.start),
    },
  ]
}

function holds(r: Range, wanted: Range): boolean {
  return r.start <= wanted.start && wanted.start <= r.last
}

function covering(r: Range, wanted: Range): Range {
  return range(r.start, Math.max(r.last, wanted.last))
}
