import { inBoth, merged, subtract, type Range } from '../bytes/range.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { memoryOfTree } from './device-tree.ts'
import { memoryMap, type MemoryMap } from './memory-map.ts'
import { toolsRanges } from './tools-ranges.ts'
import { bookable } from './views.ts'

export type FindingCode =
  | 'lpi-unreserved'
  | 'books-hazard'
  | 'books-protected'
  | 'plan-over-hazard'
  | 'plan-over-protected'
  | 'plan-over-reserved'
  | 'plan-over-left-ram'
  | 'books-reserved'
  | 'second-level-reserved'
  | 'stale-reserved'
  | 'firmware-map-has-more'
  | 'firmware-map-has-less'
  | 'tree-has-more'
  | 'tree-has-less'
  | 'crashkernel-missing'
  | 'memblock-missing'
  | 'nomap-by-iomem'
  | 'page-size-assumed'

/** Something about a host's memory that a person should know; the ranges are the evidence. */
export interface Finding {
  readonly code: FindingCode
  readonly severity: 'info' | 'warning' | 'error'
  readonly ranges: readonly Range[]
  readonly sentence: string
}

/** Checks the sources of one snapshot against each other. The order is fixed: worst first. */
export function findingsOf(snapshot: Snapshot): readonly Finding[] {
  const map = memoryMap(snapshot)
  return [
    ...hazards(map),
    ...booksWrongly(snapshot, map),
    ...reservedTwice(map),
    ...firmwareMap(map),
    ...deviceTree(snapshot),
    ...crashkernel(snapshot, map),
    ...sources(snapshot),
  ]
}

function hazards(map: MemoryMap): Finding[] {
  if (map.hazards.length === 0) return []
  const sentence =
    'Nothing reserves the GICv3 LPI tables: the interrupt controller writes to them while the next kernel starts.'
  return [
    { code: 'lpi-unreserved', severity: 'error', ranges: merged(map.hazards.map((h) => h.range)), sentence },
  ]
}

/** What a loader would book that nobody may: each of them asks its own sources, and no other. */
function booksWrongly(snapshot: Snapshot, map: MemoryMap): Finding[] {
  const loaders = [
    { name: 'kexec_file', free: bookable(map, map.arch === 'arm64' ? 'memblock' : 'resources') },
    { name: 'kexec-tools', free: toolsRanges(snapshot, null) },
  ]
  return loaders.flatMap(({ name, free }): Finding[] => {
    const hazard = inBoth(
      free,
      map.hazards.map((h) => h.range),
    )
    const whole = inBoth(
      free,
      map.protected.map((p) => p.range),
    )
    const out: Finding[] = []
    if (hazard.length > 0) {
      const sentence = `${name} may book memory that hardware goes on writing to: the next kernel would crash.`
      out.push({ code: 'books-hazard', severity: 'error', ranges: hazard, sentence })
    }
    if (whole.length > 0) {
      const sentence = `${name} may book memory that firmware keeps for the next kernel.`
      out.push({ code: 'books-protected', severity: 'warning', ranges: whole, sentence })
    }
    return out
  })
}

/** iomem's two levels against memblock: what each reader would book wrongly, or leave. */
function reservedTwice(map: MemoryMap): Finding[] {
  if (map.arch !== 'arm64') return []
  const nested = map.nested.filter((n) => n.why === 'reserved').map((n) => n.range)
  const out: Finding[] = []
  if (nested.length > 0) {
    const sentence = 'Reserved below a System RAM line: a reader of the first level would book it.'
    out.push({ code: 'second-level-reserved', severity: 'info', ranges: merged(nested), sentence })
  }
  if (!map.memblockMemory) return out
  const own = map.runningKernel ? [map.runningKernel] : []
  const missed = subtract(inBoth(bookable(map, 'tools'), map.memblockReserved), own)
  if (missed.length > 0) {
    const sentence = 'Free by iomem, reserved by memblock: kexec-tools would book it, kexec_file would not.'
    out.push({ code: 'books-reserved', severity: 'warning', ranges: missed, sentence })
  }
  const stale = subtract(subtract(merged(nested), map.memblockReserved), own).filter((r) =>
    wholePage(r, map.pageSize),
  )
  if (stale.length > 0) {
    const sentence =
      'Reserved by iomem, as of boot time; memblock has let it go since: kexec_file may use it.'
    out.push({ code: 'stale-reserved', severity: 'info', ranges: stale, sentence })
  }
  return out
}

function firmwareMap(map: MemoryMap): Finding[] {
  if (!map.firmwareRam) return []
  const kernel = merged(map.systemRam)
  return [
    ...warned(
      'firmware-map-has-more',
      subtract(merged(map.firmwareRam), kernel).filter((r) => r.last >= 0x100000),
      'RAM by the firmware map that the kernel was told to leave: kexec-tools would book it, kexec_file would not.',
    ),
    ...warned(
      'firmware-map-has-less',
      subtract(kernel, map.firmwareRam),
      'System RAM that the firmware map does not list: kexec_file may book it, kexec-tools would not.',
    ),
  ]
}

/** Where no UEFI gave the memory, the tree did: memblock began with it. */
function deviceTree(snapshot: Snapshot): Finding[] {
  const { memblock } = snapshot
  const tree = memoryOfTree(snapshot)
  if (!memblock || !tree) return []
  const kernel = merged(memblock.memory.map((r) => r.range))
  return [
    ...warned(
      'tree-has-more',
      subtract(tree, kernel),
      'Memory by the device tree that the kernel does not have: taken away by mem= or by firmware, and back in the next boot without that.',
    ),
    ...warned(
      'tree-has-less',
      subtract(kernel, tree),
      'Memory that the device tree does not list, plugged in since: a kernel that boots with this tree does not have it.',
    ),
  ]
}

/** A warning, where there is anything to show for it. */
function warned(code: FindingCode, ranges: readonly Range[], sentence: string): Finding[] {
  return ranges.length === 0 ? [] : [{ code, severity: 'warning', ranges, sentence }]
}

function crashkernel(snapshot: Snapshot, map: MemoryMap): Finding[] {
  if (map.crashKernel.length > 0 || !/(^|\s)crashkernel=/.test(snapshot.cmdline)) return []
  const sentence =
    'The command line asks for crashkernel=, but iomem shows no Crash kernel: the reservation failed.'
  return [{ code: 'crashkernel-missing', severity: 'warning', ranges: [], sentence }]
}

function sources(snapshot: Snapshot): Finding[] {
  const out: Finding[] = []
  if (snapshot.arch === 'arm64' && !snapshot.memblock) {
    const sentence =
      'No memblock lists (debugfs): what the kernel has let go or reserved since boot is not known.'
    out.push({ code: 'memblock-missing', severity: 'warning', ranges: [], sentence })
  }
  if (snapshot.memblock?.memory.some((r) => r.flags === null)) {
    const unmapped = snapshot.iomem.filter((e) => e.name === 'reserved').map((e) => e.range)
    const sentence =
      'This release lists memblock without flags: memory without mapping is known by iomem alone.'
    out.push({ code: 'nomap-by-iomem', severity: 'info', ranges: unmapped, sentence })
  }
  if (snapshot.pageSizeFrom === 'assumed') {
    const sentence = `The page size is taken to be ${snapshot.pageSize} bytes: nothing in the snapshot tells.`
    out.push({ code: 'page-size-assumed', severity: 'info', ranges: [], sentence })
  }
  return out
}

function wholePage(r: Range, pageSize: number): boolean {
  return r.last - r.start + 1 >= pageSize
}
