import { alignDown, alignUp } from '../bytes/align.ts'
import { keptBeside } from '../bytes/beside.ts'
import { inBoth, merged, range, subtract, type Range } from '../bytes/range.ts'
import type { MemoryMap } from './memory-map.ts'

export type View = 'memblock' | 'resources' | 'tools' | 'strict'

/**
 * What may be booked for the next kernel, as one reader of the snapshot sees it. Ascending.
 *
 * - `memblock`: memory − NOMAP − reserved, a range a region: what arm64's kexec_file_load walks.
 * - `resources`: System RAM of the resource tree, a range an entry: what x86_64's walks.
 * - `tools`: what kexec-tools derives from iomem (arm64) or the firmware map (x86_64).
 * - `strict`: bookable under every view that the snapshot has, minus what firmware protects and what
 *   hazards reach. `own`, the running kernel's image and what it was handed count as free in it: they are
 *   held only by a kernel that will have stopped before anything is copied. Touching ranges are merged.
 *
 * `own`: the segments of the plan that booted the running kernel. `excepted`: protected memory that
 * the next boot does without; strict alone heeds it.
 */
export function bookable(
  map: MemoryMap,
  view: View,
  own: readonly Range[] = [],
  excepted: readonly Range[] = [],
): readonly Range[] {
  const known = viewsOf(map)
  switch (view) {
    case 'memblock':
      return (known.memblock ??= subtract(map.memblockMemory ?? [], map.memblockReserved))
    case 'resources':
      return map.systemRam
    case 'tools':
      return (known.tools ??= toolsView(map))
    case 'strict':
      if (own.length > 0 || excepted.length > 0) return strictView(map, own, excepted)
      return (known.strict ??= strictView(map, [], []))
  }
}

/** Views that depend on the map alone, worked out once. */
const viewsOf = keptBeside<MemoryMap, { [V in Exclude<View, 'resources'>]: readonly Range[] }>()

/** What kdump must describe: System RAM, reserved parts included, minus the crash kernel's own memory. */
export function describable(map: MemoryMap): Range[] {
  return subtract(map.memblockMemory ?? map.systemRam, map.crashKernel)
}

function toolsView(map: MemoryMap): readonly Range[] {
  if (map.arch === 'x86_64' && map.firmwareRam) return map.firmwareRam
  const nested = map.arch === 'arm64' ? map.nested.map((n) => n.range) : []
  return subtract(map.systemRam, nested)
}

function strictView(map: MemoryMap, own: readonly Range[], excepted: readonly Range[]): Range[] {
  const running = map.runningKernel ? [map.runningKernel] : []
  const stopped = [...own, ...running, ...map.runningTree, ...excepted]
  // x86_64 lists the tables apart from System RAM; nothing but the tables is in the way of booking them.
  let free = merged([...map.systemRam, ...(map.arch === 'x86_64' ? excepted : [])])
  if (map.memblockMemory) {
    free = inBoth(free, subtract(map.memblockMemory, subtract(map.memblockReserved, stopped)))
  }
  if (map.arch === 'arm64') {
    const nested = map.nested.map((n) => n.range)
    // iomem rounds to pages what memblock has to the byte; a neighbour in the same page stays in memblock.
    const paged = [...stopped, ...(map.memblockMemory ? map.runningInitrd : [])].map((r) =>
      range(alignDown(r.start, map.pageSize), alignUp(r.last + 1, map.pageSize) - 1),
    )
    free = subtract(free, subtract(nested, paged))
  } else if (map.firmwareRam) free = inBoth(free, [...map.firmwareRam, ...excepted])
  const named = [...map.protected, ...map.hazards].map((n) => n.range)
  return subtract(merged(free), subtract(named, excepted))
}
