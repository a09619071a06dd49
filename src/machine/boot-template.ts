import { alignDown, alignUp } from '../planner/bytes/align.ts'
import {
  contains,
  inBoth,
  merged,
  overlaps,
  range,
  sizeOf,
  subtract,
  type Range,
} from '../planner/bytes/range.ts'
import { chosenInitrd } from '../planner/read/fdt-chosen.ts'
import type { Snapshot } from '../planner/read/snapshot.ts'
import { logRanges } from './boot-log.ts'
import { kernelLines, type KernelLine } from './kernel-layout.ts'
import { systemRam } from './kexec.ts'
import type { Machine } from './machine.ts'

/**
 * One captured boot, taken apart into what firmware fixed, what the boot loader placed, and what the kernel
 * reserved for itself: enough to lay out another boot of the same host. All ascending.
 */
export interface BootTemplate {
  readonly machine: Machine
  readonly ram: readonly Range[]
  readonly lines: readonly KernelLine[]
  /** The image, first byte to last, and what of it stays reserved. */
  readonly image: Range | null
  readonly imageParts: readonly Range[]
  /** Where KASLR may put the image; empty where it stays. */
  readonly slots: readonly Range[]
  readonly firmware: readonly Range[]
  /** Kept over kexec by EFI: the GIC's tables and the pages that list them. */
  readonly persistent: readonly Range[]
  readonly dtb: Range | null
  readonly initrd: Range | null
  /** What is set aside for crash kernels: high and low memory where both were asked for. */
  readonly crash: readonly Range[]
  /** The kernel's large reservations where they lie when no image is in their way, from the top down. */
  readonly large: readonly Range[]
  readonly small: readonly Range[]
  /** Memory that only the resource tree still calls reserved. */
  readonly stale: readonly Range[]
}

const MIB = 0x100000
/** The kernel aligns its large reservations to at most this. Units: bytes. */
const LARGE_ALIGN = 4 * MIB
/** x86_64's decompressor goes no lower. Units: bytes. */
export const X86_LOWEST = 16 * MIB
const FOUR_GIB = 0x100000000

/** Takes the boot apart that a machine is in. */
export function bootTemplate(machine: Machine): BootTemplate {
  const { snapshot, files } = machine
  const log = files.dmesg ?? ''
  const ram = systemRam(snapshot.iomem)
  const lines = kernelLines(snapshot.iomem)
  const [first, last] = [lines[0], lines.at(-1)]
  const image = first && last ? range(first.range.start, last.range.last) : null
  const nested = snapshot.iomem.flatMap((e) => (e.name === 'System RAM' ? e.children : []))
  const crash = nested.filter((e) => e.name === 'Crash kernel').map((e) => e.range)
  const reserved = merged((snapshot.memblock?.reserved ?? []).map((r) => r.range))
  const held = (pattern: RegExp): Range[] => logRanges(log, pattern).filter((r) => within(r, reserved))

  const imageParts = image ? inBoth(reserved, [image]) : []
  const persistent = persistentTables(machine)
  const initrd = initrdOf(snapshot, log, image)
  const rest = subtract(reserved, [...(image ? [image] : []), ...persistent, ...crash])
  const guarded = machine.canaries.map((c) => c.range)
  const allocated = largeAllocations(held(/memblock_alloc_range_nid/), rest, guarded)
  const others = subtract(rest, allocated)
  const trees = others.filter((r) => sizeOf(r) === snapshot.fdtSize)
  const dtb = trees.length === 1 ? (trees[0] as Range) : null
  const firmware = others.filter((r) => r !== dtb && guarded.some((g) => overlaps(g, r)))
  const own = others.filter((r) => r !== dtb && !firmware.includes(r))
  const large = [...allocated, ...own.filter((r) => sizeOf(r) >= MIB)].sort((a, b) => b.start - a.start)
  const small = own.filter((r) => sizeOf(r) < MIB)
  const known = [...reserved, ...(initrd ? [initrd] : []), ...(image ? [image] : [])].map((r) =>
    paged(r, snapshot),
  )
  const stale = subtract(
    nested.filter((e) => e.name === 'reserved').map((e) => e.range),
    known,
  )
  const fixed = [...firmware, ...small, ...(dtb ? [dtb] : []), ...(initrd ? [initrd] : []), ...stale]
  return {
    machine,
    ram,
    lines,
    image,
    imageParts,
    slots: image ? slotsOf(machine, log, image, ram, [...fixed, ...guarded]) : [],
    firmware,
    persistent,
    dtb,
    initrd,
    crash,
    large: raised(large, image, ram, fixed),
    small,
    stale,
  }
}

/** What EFI keeps reserved over kexec: interrupt tables, and the whole pages that list them. */
export function persistentTables({ snapshot, files }: Machine): Range[] {
  const reserved = (snapshot.memblock?.reserved ?? []).map((r) => r.range)
  const tables = (snapshot.dmesg?.lpiTables ?? []).map((t) => t.range)
  const listed = logRanges(files.dmesg ?? '', /efi_mem_reserve_iomem|efi_config_parse_tables/)
  const pages = listed.filter((r) => r.start % snapshot.pageSize === 0)
  return merged([...tables, ...pages].filter((r) => within(r, merged(reserved))))
}

export function paged(r: Range, { pageSize }: Pick<Snapshot, 'pageSize'>): Range {
  return range(alignDown(r.start, pageSize), alignUp(r.last + 1, pageSize) - 1)
}

/** The kernel's allocations as its log names them, the latest where they lie over one another. */
function largeAllocations(
  logged: readonly Range[],
  rest: readonly Range[],
  guarded: readonly Range[],
): Range[] {
  const out: Range[] = []
  for (const r of logged.toReversed()) {
    if (sizeOf(r) < MIB || !within(r, rest)) continue
    if (![...out, ...guarded].some((o) => overlaps(o, r))) out.push(r)
  }
  return out
}

function initrdOf(snapshot: Snapshot, log: string, image: Range | null): Range | null {
  const chosen = snapshot.fdt && chosenInitrd(snapshot.fdt)
  if (chosen) return paged(range(chosen.start, chosen.start + chosen.size - 1), snapshot)
  const logged = logRanges(log, snapshot.arch === 'arm64' ? /arm64_memblock_init/ : /RAMDISK/)
  return logged.find((r) => !image || !overlaps(r, image)) ?? null
}

/** Where the image may be put: UEFI's free memory on arm64, RAM from 16 MiB on for x86_64's decompressor. */
function slotsOf(
  { snapshot }: Machine,
  log: string,
  image: Range,
  ram: readonly Range[],
  fixed: readonly Range[],
): Range[] {
  if (/(^|\s)nokaslr(\s|$)/.test(snapshot.cmdline)) return []
  if (snapshot.arch === 'x86_64') return inBoth(ram, [range(X86_LOWEST, Number.MAX_SAFE_INTEGER)])
  // A boot loader without UEFI puts the image where it always does.
  if (!snapshot.efi) return []
  const free = logRanges(log, /\[Conventional/)
  const freed = logRanges(log, /\[Loader Code/).filter((r) => contains(r, image))
  const areas = free.length > 0 ? [...free, ...freed] : subtract(ram, fixed)
  return inBoth(areas, ram)
}

/** Each reservation that lies below the captured image only because of it, where it lies without it. */
function raised(
  large: readonly Range[],
  image: Range | null,
  ram: readonly Range[],
  fixed: readonly Range[],
): Range[] {
  const out: Range[] = []
  for (const r of large) {
    const lower = large.filter((o) => o.start < r.start)
    const gap = subtract(ram, [...fixed, ...lower, ...out]).find((g) => contains(g, r))
    const pushed =
      image && gap && contains(gap, image) && image.start > r.last && image.start - r.last <= sizeOf(r)
    const top = gap && (r.last < FOUR_GIB ? Math.min(gap.last, FOUR_GIB - 1) : gap.last)
    out.push(pushed && top ? rangeFrom(alignDown(top + 1 - sizeOf(r), alignOf(r)), r) : r)
  }
  return out
}

function rangeFrom(start: number, r: Range): Range {
  return range(start, start + sizeOf(r) - 1)
}

/** The alignment that a place shows, up to that of large reservations. Units: bytes. */
export function alignOf(r: Range): number {
  let align = 8
  while (align < LARGE_ALIGN && r.start % (2 * align) === 0) align *= 2
  return align
}

function within(r: Range, reserved: readonly Range[]): boolean {
  return subtract([r], reserved).length === 0
}
