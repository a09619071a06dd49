import type { PlannedSegment, Range } from '../planner/index.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { CLASSES, type MemoryClass } from './classes.ts'

/**
 * - `firmware`: its own map; on arm64, which shows none, memory with and without mapping.
 * - `iomem`: every line, with the lines below it.
 * - `memblock`: memory, and inside of it what is reserved.
 * - `usable`: what all views allow (strict), and what they leave out inside of RAM that no line of iomem shows.
 * - `plan`: segments, or where there is no plan the holes that were refused.
 * - `pins`: where earlier plans have put their segments.
 */
export const LANE_NAMES = ['firmware', 'iomem', 'memblock', 'usable', 'plan', 'pins'] as const
export type LaneName = (typeof LANE_NAMES)[number]

/** What stands above a lane. */
export const LANE_WORDS: Readonly<Record<LaneName, string>> = {
  firmware: 'firmware',
  iomem: 'iomem',
  memblock: 'memblock',
  usable: 'bookable',
  plan: 'plan',
  pins: 'pins',
}

/** How a segment came to its place. */
export const BADGES = ['pinned', 'new', 'moved', 'random', 'nearest'] as const
export type Badge = (typeof BADGES)[number]

export const BADGE_OF: Readonly<Record<PlannedSegment['chosen'], Badge | null>> = {
  'by-rule': null,
  'kept-pin': 'pinned',
  'new-pin': 'new',
  'moved-pin': 'moved',
  repinned: 'moved',
  random: 'random',
}

/** One stretch of one lane. */
export interface Cell {
  readonly range: Range
  readonly class: MemoryClass
  readonly label: string
  /** What lies in another cell of the lane is one deeper. */
  readonly depth: number
  readonly badge?: Badge
  /** Units: bytes. */
  readonly align?: number
  /** A sentence. */
  readonly because?: string
  /** Of a refused hole: as it stands in the list of refusals. */
  readonly number?: number
  /** How many lines were put together in this one, and their bytes without what lies between; absent where it is one. */
  readonly lines?: number
  readonly bytes?: number
}

export interface Lane {
  readonly name: LaneName
  /** By first byte, then by depth. */
  readonly cells: readonly Cell[]
}

/** Units: bytes. */
export function bytesOf({ range, bytes }: Cell): number {
  return bytes ?? sizeOf(range)
}

/** An address worth a line across the picture. */
export interface Mark {
  readonly at: number
  readonly label: string
  /** Nothing may lie beyond it. */
  readonly limit?: true
}

/** Those of which there is a cell, in the order of the legend. */
export function presentClasses(
  lanes: readonly Pick<Lane, 'cells'>[],
  more: readonly MemoryClass[] = [],
): MemoryClass[] {
  const present = new Set([...more, ...lanes.flatMap((lane) => lane.cells.map((cell) => cell.class))])
  return CLASSES.filter((name) => present.has(name))
}
