import type { Range } from '../planner/index.ts'
import type { Cell, Lane } from './cell.ts'

type Cells = readonly Pick<Lane, 'cells'>[]

export const SCALES = ['ordinal', 'linear'] as const
export type ScaleKind = (typeof SCALES)[number]

/** Where an address lies from the top of the picture. Units: of the picture. */
export interface Scale {
  readonly kind: ScaleKind
  /** Every border, ascending in both. */
  readonly stops: readonly Stop[]
  /** Stretches that are drawn shorter than what is around them: they need a mark. */
  readonly breaks: readonly Range[]
  readonly extent: number
}
interface Stop {
  readonly at: number
  readonly y: number
}

/** A stretch between two neighbouring borders, `to` not included. */
interface Stretch {
  readonly at: number
  readonly to: number
  /** `empty`: in no lane; `device`: in no lane as anything else. */
  readonly holds: 'memory' | 'device' | 'empty'
  /** The lines of text that have to fit in. */
  readonly rows: number
}

/** Units: of the picture. */
const SHORT = 2.5
const LEAST = 5
const A_DOUBLING = 1.5
const GAP = 11
const ROW = 13
const TALLEST = 2600
const LINEAR = 900
const LINEAR_BREAK = 22
/** A smaller stretch than a page can hold nothing. Units: bytes. */
const PAGE = 4096
/** A gap of more than this part of all memory is broken on the linear scale. */
const LARGE = 1 / 8

/**
 * Where each address is drawn.
 *
 * - `ordinal`: every stretch between two neighbouring borders has a least extent, and grows with the logarithm of its
 *   size; gaps, and stretches with devices alone, have the same short one.
 * - `linear`: true proportion; gaps of more than an eighth of the memory are broken.
 *
 * `roomy`: cells that carry text of their own, which has to fit.
 */
export function scaleOf(kind: ScaleKind, lanes: Cells, isRoomy: (cell: Cell) => boolean): Scale {
  const stretches = stretchesOf(lanes, isRoomy)
  const large = stretches.reduce((sum, s) => sum + (s.holds === 'memory' ? s.to - s.at : 0), 0) * LARGE
  const isBroken = ({ holds, at, to }: Stretch) =>
    kind === 'ordinal' ? holds === 'empty' : holds !== 'memory' && to - at > large
  const extents = kind === 'ordinal' ? ordinal(stretches) : linear(stretches, large / LARGE, isBroken)
  const stops: Stop[] = []
  let y = 0
  for (const [i, { at }] of stretches.entries()) {
    stops.push({ at, y })
    y += extents[i] as number
  }
  stops.push({ at: stretches.at(-1)?.to ?? 0, y })
  const breaks = stretches.filter(isBroken).map(({ at, to }) => ({ start: at, last: to - 1 }) as Range)
  return { kind, stops, breaks, extent: y }
}

/** Never falls as the address rises; what lies outside of the picture is at its border. */
export function positionOf({ stops }: Scale, address: number): number {
  let low = 0
  let high = stops.length - 1
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if ((stops[middle] as Stop).at <= address) low = middle
    else high = middle
  }
  const a = stops[low] as Stop
  const b = stops[high] as Stop
  if (address <= a.at || a.at === b.at) return a.y
  if (address >= b.at) return b.y
  return a.y + ((address - a.at) / (b.at - a.at)) * (b.y - a.y)
}

function stretchesOf(lanes: Cells, isRoomy: (cell: Cell) => boolean): Stretch[] {
  const cells = lanes.flatMap((lane) => lane.cells)
  const borders = [...new Set(cells.flatMap(({ range: r }) => [r.start, r.last + 1]))].sort((a, b) => a - b)
  const index = new Map(borders.map((at, i) => [at, i]))
  const memory = covered(borders.length, cells, index, (cell) => cell.class !== 'device')
  const any = covered(borders.length, cells, index, () => true)
  const rows = new Map<number, number>()
  for (const cell of cells) {
    if (!isRoomy(cell)) continue
    const widest = widestOf(borders, index.get(cell.range.start) ?? 0, index.get(cell.range.last + 1) ?? 0)
    rows.set(widest, Math.max(1, rows.get(widest) ?? 0))
  }
  return borders.slice(0, -1).map((at, i) => ({
    at,
    to: borders[i + 1] as number,
    holds: (memory[i] ?? 0) > 0 ? 'memory' : (any[i] ?? 0) > 0 ? 'device' : 'empty',
    rows: rows.get(i) ?? 0,
  }))
}

/** Of each stretch in how many of the cells it lies. */
function covered(
  n: number,
  cells: readonly Cell[],
  index: ReadonlyMap<number, number>,
  counts: (cell: Cell) => boolean,
): number[] {
  const steps = Array.from({ length: n }, () => 0)
  for (const cell of cells.filter(counts)) {
    const [from, to] = [index.get(cell.range.start) ?? 0, index.get(cell.range.last + 1) ?? 0]
    steps[from] = (steps[from] as number) + 1
    steps[to] = (steps[to] as number) - 1
  }
  let sum = 0
  return steps.map((step) => (sum += step))
}

function widestOf(borders: readonly number[], from: number, to: number): number {
  let best = from
  const size = (i: number) => (borders[i + 1] as number) - (borders[i] as number)
  for (let i = from + 1; i < to; i++) if (size(i) > size(best)) best = i
  return best
}

function ordinal(stretches: readonly Stretch[]): number[] {
  const wanted = stretches.map(({ at, to, holds }) => {
    if (holds !== 'memory') return GAP
    const size = to - at
    return size < PAGE ? SHORT : LEAST + A_DOUBLING * Math.log2(size / PAGE)
  })
  const total = wanted.reduce((sum, n) => sum + n, 0)
  const less = Math.min(1, TALLEST / Math.max(total, 1))
  return wanted.map((n, i) => Math.max(n * less, (stretches[i] as Stretch).rows * ROW))
}

function linear(stretches: readonly Stretch[], whole: number, isBroken: (s: Stretch) => boolean): number[] {
  return stretches.map((s) => (isBroken(s) ? LINEAR_BREAK : ((s.to - s.at) / Math.max(whole, 1)) * LINEAR))
}
