import type { ArchName } from '../names.ts'
import { alignDown } from '../bytes/align.ts'
import { coverOf } from '../bytes/range-index.ts'
import { merged, range, subtract, type Range } from '../bytes/range.ts'
import type { ExceptionKind } from '../plan/exception.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { MemblockRegion } from '../read/memblock.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { reservedByTree, runningInitrd, runningTree } from './device-tree.ts'
import { knownOf } from './known.ts'

/** A range that something must find unharmed, or that will be scribbled on, and why. */
export interface NamedRange {
  readonly range: Range
  readonly why: string
  /** The exception under which it may be overwritten; absent where nothing allows that. */
  readonly exception?: ExceptionKind
}

/** The typed memory of one boot: what each source says of it, nothing decided yet. All ascending. */
export interface MemoryMap {
  readonly arch: ArchName
  readonly pageSize: number
  /** `System RAM` as the kernel walks the resource tree: one range an entry. */
  readonly systemRam: readonly Range[]
  /** System RAM that a driver added (kmem, virtio_mem): never for kexec. */
  readonly driverManaged: readonly Range[]
  /** memblock's memory that the loader may walk, one range a region; null where memblock was not captured. */
  readonly memblockMemory: readonly Range[] | null
  readonly memblockReserved: readonly Range[]
  /** Lines below a `System RAM` line, the running kernel's own apart. */
  readonly nested: readonly NamedRange[]
  /** RAM of the firmware's own map; null where there is none. */
  readonly firmwareRam: readonly Range[] | null
  /** What firmware keeps for itself and the next kernel needs whole. */
  readonly protected: readonly NamedRange[]
  /** Memory that hardware may still write to after the jump. */
  readonly hazards: readonly NamedRange[]
  /** The running kernel's image, first byte to last; null where iomem does not show it. */
  readonly runningKernel: Range | null
  /** arm64: the device tree that the running kernel was handed; nobody needs it once that has stopped. */
  readonly runningTree: readonly Range[]
  /** arm64: where it was handed its initrd, which it has let go where memblock no longer has it. */
  readonly runningInitrd: readonly Range[]
  readonly crashKernel: readonly Range[]
}

const KERNEL_LINES: ReadonlySet<string> = new Set([
  'Kernel code',
  'Kernel rodata',
  'Kernel data',
  'Kernel bss',
])
/** arm64's image starts up to one 64 KiB segment before the line `Kernel code`. */
const ARM64_HEAD = 0x10000
const UEFI_USABLE = new Set([1, 2, 3, 4, 7])

/**
 * Sorts what a snapshot says about memory by what it means for kexec.
 *
 * Source: Linux kernel/resource.c (which entries are walked), mm/memblock.c (which regions are skipped),
 * arch/arm64/kernel/setup.c (a top-level `reserved` is a region without mapping).
 */
export function memoryMap(snapshot: Snapshot): MemoryMap {
  const known = knownOf(snapshot)
  return (known.map ??= sortedMemory(snapshot))
}

function sortedMemory(snapshot: Snapshot): MemoryMap {
  const ram: Ram = { systemRam: [], driverManaged: [], nested: [], kernelLines: [], crashKernel: [] }
  sortRam(snapshot.iomem, ram)
  const { systemRam, driverManaged, nested, kernelLines, crashKernel } = ram
  const kept = protectedRanges(snapshot)
  const named = [...kept, ...nested.filter((n) => n.why !== 'reserved'), ...(snapshot.dmesg?.lpiTables ?? [])]
  return {
    arch: snapshot.arch,
    pageSize: snapshot.pageSize,
    systemRam,
    driverManaged,
    memblockMemory: snapshot.memblock && walkable(snapshot, snapshot.memblock.memory),
    memblockReserved: (snapshot.memblock?.reserved ?? []).map((r) => r.range),
    nested,
    firmwareRam: snapshot.firmwareMap?.filter((e) => e.type === 'System RAM').map((e) => e.range) ?? null,
    protected: kept,
    hazards: lpiHazards(snapshot),
    runningKernel: imageOf(snapshot.arch, kernelLines),
    runningTree: runningTree(snapshot, named),
    runningInitrd: runningInitrd(snapshot),
    crashKernel,
  }
}

interface Ram {
  readonly systemRam: Range[]
  readonly driverManaged: Range[]
  readonly nested: NamedRange[]
  readonly kernelLines: Range[]
  readonly crashKernel: Range[]
}

/** Entries that count as RAM, wherever other kinds of entries hide them; none of their children counts again. */
function sortRam(entries: readonly IomemEntry[], ram: Ram): void {
  for (const { range, name, children } of entries) {
    if (name === 'System RAM') ram.systemRam.push(range)
    else if (/^System RAM \(.+\)$/.test(name)) ram.driverManaged.push(range)
    else {
      sortRam(children, ram)
      continue
    }
    sortNested(children, ram)
  }
}

function sortNested(entries: readonly IomemEntry[], ram: Ram): void {
  for (const { range, name, children } of entries) {
    if (KERNEL_LINES.has(name)) ram.kernelLines.push(range)
    else ram.nested.push({ range, why: name })
    if (name === 'Crash kernel') ram.crashKernel.push(range)
    sortNested(children, ram)
  }
}

/**
 * memblock's memory without what the loader's walk skips. Before 6.5 the list has no flags, and a
 * region without mapping shows only as a top-level `reserved` in iomem; so both signs count.
 */
function walkable(snapshot: Snapshot, memory: readonly MemblockRegion[]): Range[] {
  const movable = /(^|\s)movable_node(\s|$)/.test(snapshot.cmdline)
  const open = memory.filter((region) => {
    const flags = region.flags ?? []
    return !flags.includes('NOMAP') && !flags.includes('DRV_MNG') && !(movable && flags.includes('HOTPLUG'))
  })
  return subtract(
    open.map((r) => r.range),
    unmapped(snapshot),
  )
}

/** Top-level `reserved`: memory that arm64 never maps. */
function unmapped(snapshot: Snapshot): Range[] {
  return snapshot.arch === 'arm64'
    ? snapshot.iomem.filter((e) => e.name === 'reserved').map((e) => e.range)
    : []
}

function protectedRanges(snapshot: Snapshot): NamedRange[] {
  const out: NamedRange[] = unmapped(snapshot).map((r) => ({ range: r, why: 'memory without mapping' }))
  for (const region of snapshot.memblock?.memory ?? []) {
    if (region.flags?.includes('NOMAP')) out.push({ range: region.range, why: 'memory without mapping' })
  }
  for (const entry of snapshot.firmwareMap ?? []) {
    if (entry.type === 'System RAM') continue
    const tables = entry.type === 'ACPI Tables' ? { exception: 'acpi-tables' as const } : {}
    out.push({ range: entry.range, why: entry.type, ...tables })
  }
  for (const region of snapshot.efiRuntimeMap ?? []) {
    if (!UEFI_USABLE.has(region.type))
      out.push({ range: region.range, why: `UEFI memory type ${region.type}` })
  }
  if (snapshot.dmesg?.efiMemmap)
    out.push({ range: snapshot.dmesg.efiMemmap, why: 'UEFI memory map', exception: 'uefi-map' })
  if (snapshot.arch === 'arm64') {
    for (const table of snapshot.dmesg?.acpiTables ?? [])
      out.push({ range: table.range, why: `ACPI ${table.name}`, exception: 'acpi-tables' })
    for (const { name, range } of reservedByTree(snapshot))
      out.push({ range, why: `reserved by the device tree: ${name}` })
  }
  return out.sort((a, b) => a.range.start - b.range.start)
}

/** GICv3's LPI tables that nothing reserves: the redistributor goes on writing to them after the jump. */
function lpiHazards(snapshot: Snapshot): NamedRange[] {
  const tables = snapshot.dmesg?.lpiTables ?? []
  if (tables.length === 0) return []
  const isReserved = coverOf((snapshot.memblock?.reserved ?? []).map((r) => r.range))
  return tables
    .filter((t) => !isReserved(t.range))
    .map((t) => ({ range: t.range, why: `GICv3 LPI ${t.kind} table` }))
}

function imageOf(arch: ArchName, kernelLines: readonly Range[]): Range | null {
  const lines = merged(kernelLines)
  const first = lines[0]
  const last = lines.at(-1)
  if (!first || !last) return null
  const head = arch === 'arm64' && first.start % 0x200000 === ARM64_HEAD ? ARM64_HEAD : 0
  return range(alignDown(first.start - head, 0x1000), last.last)
}
