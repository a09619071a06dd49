import { alignDown } from '../planner/bytes/align.ts'
import { inBoth, overlaps, rangeOfSize, sizeOf, subtract, type Range } from '../planner/bytes/range.ts'
import { runningImage } from './kernel-layout.ts'
import type { Machine } from './machine.ts'
import { seededRandom } from './random.ts'

const MIB = 0x100000
/** From here on the kernel aligns its early reservations to this. Units: bytes. */
const LARGE = 2 * MIB
const SMALL_STEP = 0x10000
/** How far, in steps, KASLR and timing shift what a kernel reserves for itself. */
const LARGE_SPREAD = 8
const SMALL_SPREAD = 4

/**
 * What the running kernel reserved for itself, made anew by the next one: at the same places where
 * these are free, else below the obstacle. With a seed each large one lies a few steps lower, as the
 * reservations of two boots of one host do.
 *
 * Units: bytes. A reservation that fits nowhere is left out, as the real kernel would have gone without.
 */
export function ownReservations(
  machine: Machine,
  ram: readonly Range[],
  obstacles: readonly Range[],
  seed: number | null,
): Range[] {
  const { snapshot } = machine
  const random = seededRandom(seed ?? 0)
  const taken: Range[] = [...obstacles]
  const out: Range[] = []
  for (const was of runningOwn(machine).toReversed()) {
    const large = sizeOf(was) >= LARGE
    const step = large ? LARGE : Math.max(SMALL_STEP, snapshot.pageSize)
    const down = seed === null ? 0 : random.below(large ? LARGE_SPREAD : SMALL_SPREAD) * step
    const place = placeBelow(was, Math.max(was.start - down, 0), step, ram, taken)
    if (!place) continue
    taken.push(place)
    out.push(place)
  }
  return out.reverse()
}

/** The first free place at or below `from`, in steps that keep the offset within a step. */
function placeBelow(
  was: Range,
  from: number,
  step: number,
  ram: readonly Range[],
  taken: readonly Range[],
): Range | null {
  const lowest = ram[0]?.start ?? 0
  let start = from
  while (start >= lowest) {
    const place = rangeOfSize(start, sizeOf(was))
    const hit = taken.find((t) => overlaps(t, place))
    const home = ram.some((r) => r.start <= place.start && place.last <= r.last)
    if (!hit && home) return place
    const below = hit ? hit.start - sizeOf(was) : start - step
    start = Math.min(start - step, was.start - alignUpSteps(was.start - below, step))
  }
  return null
}

function alignUpSteps(distance: number, step: number): number {
  return alignDown(distance + step - 1, step)
}

/** memblock's reserved without firmware's, the kernel's image, its device tree and its crash kernel. */
function runningOwn(machine: Machine): Range[] {
  const { snapshot, files } = machine
  const reserved = (snapshot.memblock?.reserved ?? []).map((r) => r.range)
  const treeSize = files.fdt?.length ?? 0
  const image = runningImage(machine)
  const crash = snapshot.iomem
    .flatMap((e) => e.children)
    .filter((e) => e.name === 'Crash kernel')
    .map((e) => e.range)
  const known = [
    ...machine.canaries.map((c) => c.range),
    ...(image ? [image] : []),
    ...crash,
    ...reserved.filter((r) => sizeOf(r) === treeSize),
  ]
  return subtract(inBoth(reserved, reserved), known)
}
