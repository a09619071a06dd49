import { alignDown, alignUp } from '../planner/bytes/align.ts'
import {
  contains,
  inBoth,
  merged,
  overlaps,
  range,
  rangeOfSize,
  sizeOf,
  subtract,
  type Range,
} from '../planner/bytes/range.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { MemblockRegion } from '../planner/read/memblock.ts'
import { alignOf, paged, type BootTemplate } from './boot-template.ts'
import { drawnShift, happens, type BootVariation, type Draws } from './boot-variation.ts'
import { highest } from './crash-area.ts'
import type { KernelLine } from './kernel-layout.ts'

/** What lies fixed before the kernel reserves anything for itself. */
export interface GivenMemory {
  readonly lines: readonly KernelLine[]
  readonly imageParts: readonly Range[]
  readonly dtb: Range | null
  readonly initrd: Range | null
  readonly persistent: readonly Range[]
  /** Tables that nothing reserves. */
  readonly hazards: readonly Range[]
  readonly crash: boolean
}

export interface EarlyMemory {
  readonly reserved: readonly MemblockRegion[]
  readonly iomem: readonly IomemEntry[]
}

/** Small reservations this close together were made one after the other. Units: bytes. */
const NEAR = 0x10000
const LARGE_STEP = 0x200000
const RAM = 'System RAM'

/**
 * What an arm64 kernel makes of its memory once it has been put somewhere: its own reservations lie where they
 * lie in the captured boot, each below whatever is in its way; the small ones at the top a few pages off.
 *
 * Units: bytes. A reservation that fits nowhere is left out, as the real kernel would have gone without.
 * Source: Linux mm/memblock.c (from the top down), arch/arm64/mm/init.c; several boots of one host.
 */
export function earlyMemory(
  template: BootTemplate,
  given: GivenMemory,
  draws: Draws,
  variation: BootVariation,
): EarlyMemory {
  const { snapshot } = template.machine
  const { ram } = template
  const image = imageOf(given.lines)
  const loaded = [image, ...(given.dtb ? [given.dtb] : []), ...(given.initrd ? [given.initrd] : [])]
  const fixed = [...template.firmware, ...loaded, ...given.persistent, ...given.hazards]
  const small = shiftedSmall(template, fixed, draws, variation)
  const taken = [...fixed, ...small]
  const large: Range[] = []
  const crash: Range[] = []
  for (const [i, was] of wanted(template, given.crash).entries()) {
    const isCrash = template.crash.includes(was)
    const place = placedBelow(shiftedLarge(was, isCrash, i, draws, variation), ram, taken)
    if (!place) continue
    taken.push(place)
    const kind = isCrash ? crash : large
    kind.push(place)
  }

  const parts = given.imageParts.length > 0 ? given.imageParts : [image]
  const own = [...template.firmware, ...parts, ...(given.dtb ? [given.dtb] : []), ...small, ...large]
  const reserved = subtract(merged([...own, ...crash]), given.persistent)
  const lines = [...given.lines, ...crash.map((r) => ({ name: 'Crash kernel', range: r }))]
  const listed = [...reserved, ...given.persistent, ...loaded, ...template.stale]
  return {
    reserved: [
      ...regionsOf(reserved, template, true),
      ...regionsOf(merged(given.persistent), template, false),
    ].sort((a, b) => a.range.start - b.range.start),
    iomem: treeOf(
      snapshot.iomem,
      lines,
      listed.map((r) => paged(r, snapshot)),
    ),
  }
}

/** First byte of the first line to last of the last. */
export function imageOf(lines: readonly KernelLine[]): Range {
  const [first, last] = [lines[0], lines.at(-1)]
  if (!first || !last) throw new RangeError('a kernel without a line in the resource tree')
  return range(first.range.start, last.range.last)
}

/** From the top down, the crash kernel's memory among them. */
function wanted({ large, crash }: BootTemplate, wantsCrash: boolean): Range[] {
  return [...large, ...(wantsCrash ? crash : [])].sort((a, b) => b.start - a.start)
}

function shiftedLarge(
  was: Range,
  isCrash: boolean,
  i: number,
  draws: Draws,
  variation: BootVariation,
): Range {
  const random = draws(`large ${i}`)
  const step = Math.min(alignOf(was), LARGE_STEP)
  const span = { odds: variation.large_shift, bytes: variation.large_shift_bytes, step }
  const down = isCrash ? 0 : drawnShift(random, span)
  return was.start > down ? range(was.start - down, was.last - down) : was
}

/** Where it lies if that is free, else the highest free place below, else the highest at all. */
export function placedBelow(was: Range, ram: readonly Range[], taken: readonly Range[]): Range | null {
  const free = subtract(ram, taken)
  if (free.some((f) => contains(f, was))) return was
  const below = inBoth(free, [range(0, was.last)])
  return highest(below, sizeOf(was), alignOf(was)) ?? highest(free, sizeOf(was), alignOf(was))
}

/** One page more or less for page tables moves everything that was reserved after them. */
function shiftedSmall(
  template: BootTemplate,
  fixed: readonly Range[],
  draws: Draws,
  variation: BootVariation,
): Range[] {
  const { small, ram } = template
  const { pageSize } = template.machine.snapshot
  const free = subtract(ram, fixed)
  const home = small.flatMap((r) => placedBelow(r, ram, fixed) ?? [])
  const random = draws('small')
  const top = small.at(-1)
  if (!top || !happens(random, variation.small_shift)) return home
  const pages = 1 + random.below(variation.small_shift_pages)
  const by = pageSize * (random.below(2) === 0 ? pages : -pages)
  const cluster = clusterOf(small)
  const tables = range(Math.min(top.start - by, top.last), top.last)
  const moved = cluster.slice(0, -1).map((r) => range(r.start - by, r.last - by))
  const others = home.filter((r) => !cluster.includes(r))
  const all = [...moved, tables]
  const clear = subtract(free, [...template.large, ...others])
  if (sizeOf(top) <= by * -1 || !all.every((r) => clear.some((f) => contains(f, r)))) return home
  return [...others, ...all]
}

function clusterOf(small: readonly Range[]): Range[] {
  const out: Range[] = []
  for (const r of small.toReversed()) {
    const above = out[0]
    if (above && above.start - r.last > NEAR) break
    out.unshift(r)
  }
  return out
}

/** In the layout of the captured lists; late reservations have no node. */
function regionsOf(ranges: readonly Range[], { machine }: BootTemplate, hasNode: boolean): MemblockRegion[] {
  const memory = machine.snapshot.memblock?.memory ?? []
  const hasColumns = memory.some((region) => region.flags !== null)
  return ranges.map((r) => {
    const home = memory.find((region) => overlaps(region.range, r))
    const node = hasColumns && hasNode ? (home?.node ?? null) : null
    return { range: r, node, flags: hasColumns ? [] : null }
  })
}

/** `reserved` lines are cut around the kernel's own. */
export function treeOf(
  before: readonly IomemEntry[],
  lines: readonly KernelLine[],
  reserved: readonly Range[],
): IomemEntry[] {
  const named = lines.map((l) => l.range)
  const gaps = subtract(merged(reserved), named)
  return before.map((entry) => {
    if (entry.name !== RAM) return entry
    const inside = lines.filter((l) => contains(entry.range, l.range))
    const children = [
      ...inBoth(gaps, [entry.range]).map((r) => ({ range: r, name: 'reserved', children: [] })),
      ...inside.map((l) => ({ ...l, children: [] })),
    ].sort((a, b) => a.range.start - b.range.start)
    return { range: entry.range, name: RAM, children }
  })
}

/** The lowest free place from `from` on. */
export function placedAbove(
  from: number,
  size: number,
  align: number,
  ram: readonly Range[],
  taken: readonly Range[],
): Range | null {
  for (const f of subtract(ram, taken)) {
    const start = alignUp(Math.max(f.start, alignDown(from, align)), align)
    if (start + size - 1 <= f.last) return rangeOfSize(start, size)
  }
  return null
}
