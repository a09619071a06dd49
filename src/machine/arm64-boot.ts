import { alignDown, alignUp } from '../planner/bytes/align.ts'
import { inBoth, merged, range, sizeOf, subtract, type Range } from '../planner/bytes/range.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { KernelRelease } from '../planner/read/kernel-release.ts'
import type { MemblockRegion } from '../planner/read/memblock.ts'
import { readCmdlineMemory, type CmdlineMemory } from './cmdline-memory.ts'
import { crashArea } from './crash-area.ts'
import type { Arm64HandOver } from './hand-over.ts'
import { arm64Lines, runningImage, type KernelLine } from './kernel-layout.ts'
import { systemRam } from './kexec.ts'
import type { Machine } from './machine.ts'
import { ownReservations } from './own-reservations.ts'

/** What an arm64 kernel makes of its memory until its late initcalls. */
export interface Arm64Boot {
  readonly memory: readonly MemblockRegion[]
  readonly reserved: readonly MemblockRegion[]
  readonly iomem: readonly IomemEntry[]
}

const RAM = 'System RAM'

/**
 * The memblock lists and the resource tree of an arm64 kernel that came up by kexec.
 *
 * Firmware's memory and reservations stay; the kernel, its device tree and its crash kernel are where
 * this boot put them; what the kernel reserves for itself is made anew around them, top-down.
 *
 * Source: Linux arch/arm64/mm/init.c (order of reservations), kernel/setup.c (the tree), mm/memblock.c.
 */
export function bootArm64(
  machine: Machine,
  hand: Arm64HandOver,
  release: KernelRelease,
  seed: number,
): Arm64Boot {
  const { snapshot } = machine
  const before = systemRam(snapshot.iomem)
  const cmdline = readCmdlineMemory(
    hand.cmdline,
    before.reduce((sum, r) => sum + sizeOf(r), 0),
  )
  const ram = limited(before, cmdline)
  const lines = arm64Lines(machine, hand, release)
  const image = range((lines[0] as KernelLine).range.start, (lines.at(-1) as KernelLine).range.last)
  const reservedBefore = (snapshot.memblock?.reserved ?? []).map((r) => r.range)
  const firmware = inBoth(
    reservedBefore,
    machine.canaries.map((c) => c.range),
  )
  const initrd = hand.initrd ? [hand.initrd] : []
  const fixed = [...firmware, image, hand.dtb, ...machine.hazards.map((h) => h.range)]
  const crash = crashArea(cmdline.crash, ram, [...fixed, ...initrd], 'arm64')
  const obstacles = [...fixed, ...initrd, ...(crash ? [crash] : [])]
  const own = ownReservations(machine, ram, obstacles, cmdline.kaslr ? seed : null)

  const now = merged([
    ...firmware,
    ...kernelReservations(machine, image),
    hand.dtb,
    ...own,
    ...(crash ? [crash] : []),
  ])
  const children = crash ? [...lines, { name: 'Crash kernel', range: crash }] : lines
  const listed = [...now, ...initrd, image]
  return {
    memory: memoryRegions(snapshot.memblock?.memory ?? [], before, ram),
    reserved: regionsOf(now, snapshot.memblock?.memory ?? []),
    iomem: treeOf(snapshot.iomem, ram, children, listed, snapshot.pageSize),
  }
}

/** `mem=` counts RAM from the lowest address on, and takes what is above. */
function limited(ram: readonly Range[], { limit }: CmdlineMemory): Range[] {
  if (limit === null) return [...ram]
  let left = limit
  const out: Range[] = []
  for (const r of ram) {
    if (left <= 0) break
    out.push(range(r.start, Math.min(r.last, r.start + left - 1)))
    left -= sizeOf(r)
  }
  return out
}

/** The image's own regions: where it is the running kernel moved, its freed middle is free again. */
function kernelReservations(machine: Machine, image: Range): Range[] {
  const was = runningImage(machine)
  if (!was || sizeOf(was) !== sizeOf(image)) return [image]
  const by = image.start - was.start
  const kept = inBoth(
    (machine.snapshot.memblock?.reserved ?? []).map((r) => r.range),
    [was],
  )
  return kept.length === 0 ? [image] : kept.map((r) => range(r.start + by, r.last + by))
}

function memoryRegions(
  regions: readonly MemblockRegion[],
  before: readonly Range[],
  ram: readonly Range[],
): MemblockRegion[] {
  const gone = subtract(before, ram)
  return regions.flatMap((region) =>
    subtract([region.range], gone).map((piece) => ({ ...region, range: piece })),
  )
}

/** In the layout of the running kernel's lists: with node and flags, or without. */
function regionsOf(ranges: readonly Range[], memory: readonly MemblockRegion[]): MemblockRegion[] {
  const hasColumns = memory.some((region) => region.flags !== null)
  return ranges.map((r) => {
    const home = memory.find((region) => region.range.start <= r.start && r.start <= region.range.last)
    return { range: r, node: hasColumns ? (home?.node ?? null) : null, flags: hasColumns ? [] : null }
  })
}

/** `reserved` lines are rounded outwards to pages and cut around the kernel's own lines. */
function treeOf(
  before: readonly IomemEntry[],
  ram: readonly Range[],
  lines: readonly KernelLine[],
  reserved: readonly Range[],
  pageSize: number,
): IomemEntry[] {
  const paged = reserved.map((r) => range(alignDown(r.start, pageSize), alignUp(r.last + 1, pageSize) - 1))
  const gaps = subtract(
    merged(paged),
    lines.map((l) => l.range),
  )
  const entries: IomemEntry[] = before.filter((e) => e.name !== RAM)
  for (const r of ram) {
    const inside: IomemEntry[] = inBoth(gaps, [r]).map((gap) => ({
      range: gap,
      name: 'reserved',
      children: [],
    }))
    for (const line of lines) {
      if (line.range.start >= r.start && line.range.last <= r.last) inside.push({ ...line, children: [] })
    }
    entries.push({ range: r, name: RAM, children: inside.sort((a, b) => a.range.start - b.range.start) })
  }
  return entries.sort((a, b) => a.range.start - b.range.start)
}
