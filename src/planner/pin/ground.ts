import { hex } from '../bytes/phys-addr.ts'
import { inBoth, merged, range, sizeOf, subtract, type Range } from '../bytes/range.ts'
import { memoryMap, type MemoryMap } from '../memory/memory-map.ts'
import { bookable } from '../memory/views.ts'
import type { Snapshot } from '../read/snapshot.ts'

/** What one boot of a host teaches about where a pin may lie. All ascending, merged. */
export interface BootGround {
  /** Bookable (strict) in that boot. */
  readonly strict: readonly Range[]
  /** What the next boot may well use otherwise, free today or not. */
  readonly volatile: readonly Range[]
}

const MIB = 0x100000
/** Everything below is the BIOS area's neighbourhood, where no reservation moves by megabytes. */
const LOW = MIB
/** A reservation from this size on is one of the kernel's large ones: page structures, CMA, a log buffer. */
const LARGE = MIB
/** How far a reservation moves in the direction in which its allocator works, beside what is in its way; and back. */
const FAR = 16 * MIB
const NEAR = 2 * MIB

/** One boot's ground. `booted`: the segments of the plan that booted its kernel; empty where no plan did. */
export function bootGround(snapshot: Snapshot, booted: readonly Range[]): BootGround {
  const map = memoryMap(snapshot)
  return { strict: bookable(map, 'strict', booted), volatile: volatileRanges(map, booted) }
}

/** What was bookable (strict) in every one of the boots. */
export function stableGround(boots: readonly BootGround[]): Range[] {
  const [first, ...others] = boots
  return first ? others.reduce<Range[]>((all, { strict }) => inBoth(all, strict), merged(first.strict)) : []
}

/** Stable ground away from everything that any of the boots shows to be on the move. */
export function calmGround(boots: readonly BootGround[]): Range[] {
  return subtract(
    stableGround(boots),
    boots.flatMap((b) => b.volatile),
  )
}

/** The canonical text of remembered boots, in whatever order they come: its digest names them among a plan's inputs. */
export function groundText(boots: readonly BootGround[]): string {
  const line = (word: string, ranges: readonly Range[]) =>
    `${word} ${ranges.map((r) => `${hex(r.start)}-${hex(r.last)}`).join(',')}\n`
  return boots
    .map((b) => line('strict', b.strict) + line('volatile', b.volatile))
    .sort()
    .join('')
}

/**
 * What is known of one boot to lie elsewhere in another: what a kernel reserves for itself, what boot loader and
 * EFI stub left, and the borders of what firmware keeps.
 *
 * A kernel's large reservations are made from the top down around its own image, which KASLR puts anywhere:
 * where the image is in the way, the largest of them drops below it. Small ones that are made from the bottom
 * up, tables for the interrupt controller above all, stand on top of an image that lies down there.
 *
 * Source: Linux mm/memblock.c (allocation from the top), drivers/firmware/efi/libstub (random and highest
 * places), several boots of the same captured hosts.
 */
export function volatileRanges(map: MemoryMap, booted: readonly Range[]): Range[] {
  const image = map.runningKernel ? [map.runningKernel] : []
  const kept = [...map.protected, ...map.hazards].map((n) => n.range)
  const held = map.arch === 'arm64' ? [...map.memblockReserved, ...map.nested.map((n) => n.range)] : []
  const own = subtract(merged(held), [...kept, ...image, ...booted, ...map.runningTree, ...map.runningInitrd])
  const push = image.reduce((sum, r) => sum + sizeOf(r), 0) + FAR
  const drop = own.reduce((most, r) => Math.max(most, sizeOf(r)), 0) + push
  return merged([
    ...own.map((r) => (sizeOf(r) >= LARGE ? widened(r, drop, NEAR) : widened(r, NEAR, push))),
    ...kept.filter((r) => r.start >= LOW).map((r) => widened(r, FAR, NEAR)),
  ])
}

function widened(r: Range, below: number, above: number): Range {
  return range(Math.max(r.start - below, 0), Math.min(r.last + above, Number.MAX_SAFE_INTEGER))
}
