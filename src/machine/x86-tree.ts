import { u32le } from '../planner/bytes/endian.ts'
import { contains, inBoth, range, rangeOfSize, sizeOf, subtract, type Range } from '../planner/bytes/range.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { BootTemplate } from './boot-template.ts'
import type { Draws } from './boot-variation.ts'
import { highest } from './crash-area.ts'
import { drawnPlace } from './drawn-place.ts'
import { treeOf } from './early-memory.ts'

const MIB = 0x100000
const CRASH_ALIGN = 16 * MIB
/** Where no header says another. Units: bytes. */
const DEFAULT_ALIGN = 2 * MIB
const ALIGN_AT = 0x230
const INIT_SIZE_AT = 0x260

/** What decides where x86_64's decompressor puts the image, and the kernel its crash kernel's memory. */
export type X86Placing = Pick<BootTemplate, 'image' | 'lines' | 'ram' | 'initrd' | 'slots' | 'crash'> & {
  readonly iomem: readonly IomemEntry[]
  readonly params: Uint8Array | undefined
}

/** The resource tree of a boot in which KASLR draws anew; where it may not, the image stays. */
export function x86Tree(placing: X86Placing, draws: Draws): IomemEntry[] {
  const { image, lines, ram, initrd, slots, crash } = placing
  if (!image) return [...placing.iomem]
  const { align, size } = needs(placing.params, image)
  const open = initrd ? subtract(slots, [initrd]) : slots
  const drawn = drawnPlace(open, size, align, draws('kaslr').below(Number.MAX_SAFE_INTEGER))
  const by = drawn === null ? 0 : drawn - image.start
  const placed = lines.map((l) => ({ name: l.name, range: range(l.range.start + by, l.range.last + by) }))
  const taken = [rangeOfSize(image.start + by, sizeOf(image)), ...(initrd ? [initrd] : [])]
  const areas: Range[] = []
  for (const was of crash) {
    const area = crashPlace(was, subtract(ram, [...taken, ...areas]))
    if (area) areas.push(area)
  }
  const all = [...placed, ...areas.map((r) => ({ name: 'Crash kernel', range: r }))]
  return treeOf(placing.iomem, all, [])
}

/** Where it was captured, else the highest place below. */
function crashPlace(crash: Range, free: readonly Range[]): Range | null {
  if (free.some((f) => contains(f, crash))) return crash
  return highest(inBoth(free, [range(0, crash.last)]), sizeOf(crash), CRASH_ALIGN)
}

/** The image's alignment and the room that it unpacks in, as its header says. Units: bytes. */
function needs(params: Uint8Array | undefined, image: Range): { align: number; size: number } {
  const align = params ? u32le(params, ALIGN_AT) : 0
  const size = params ? u32le(params, INIT_SIZE_AT) : 0
  return { align: align || DEFAULT_ALIGN, size: Math.max(size, sizeOf(image)) }
}
