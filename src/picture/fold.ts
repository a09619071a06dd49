import { range, sizeOf } from '../planner/bytes/range.ts'
import { bytesOf, type Cell, type Lane } from './cell.ts'
import { inPlace } from './lanes.ts'

/** As many cells as still can be told from each other, and as keep a picture below 100 KB. */
export const MAX_CELLS = 265

/** Devices farther apart than this are not put together. Units: bytes. */
const DEVICES_APART = 0x10000000

/**
 * The lanes with fewer cells: neighbours of one class that lie within a page of each other become one, devices
 * from farther away, and what devices hold goes, save memory. Refused holes of less than a page go too. Where
 * there still are too many, so many neighbours become one as it takes, whatever they are; `kept` never do.
 *
 * Units: bytes.
 */
export function foldLanes(
  lanes: readonly Lane[],
  pageSize: number,
  kept: (cell: Cell) => boolean,
  most = MAX_CELLS,
): readonly Lane[] {
  const folded = lanes.map(({ name, cells }): Lane => {
    if (name === 'pins') return { name, cells }
    return { name, cells: name === 'plan' ? withoutCrumbs(cells, pageSize) : foldCells(cells, pageSize) }
  })
  const count = folded.reduce((sum, lane) => sum + lane.cells.length, 0)
  if (count <= most) return folded
  const each = Math.ceil(count / most)
  return folded.map(({ name, cells }) => ({ name, cells: grouped(cells, each, kept) }))
}

/** So many neighbours of one depth become one cell, save those that are kept. */
export function grouped(cells: readonly Cell[], each: number, kept: (cell: Cell) => boolean): Cell[] {
  const out: Cell[] = []
  const open = new Map<number, Cell[]>()
  const close = (depth: number) => {
    const group = open.get(depth)
    if (group) out.push(group.reduce(mixed))
    open.delete(depth)
  }
  for (const cell of cells) {
    if (kept(cell)) {
      close(cell.depth)
      out.push(cell)
      continue
    }
    const group = open.get(cell.depth) ?? []
    group.push(cell)
    open.set(cell.depth, group)
    if (group.length === each) close(cell.depth)
  }
  for (const depth of [...open.keys()]) close(depth)
  return inPlace(out)
}

function mixed(a: Cell, b: Cell): Cell {
  const { number: _number, because: _because, ...rest } = joined(a, b)
  if (a.class === b.class) return a.class === 'refused' ? { ...rest, label: 'refused' } : rest
  return { ...rest, class: 'mixed', label: 'lines' }
}

/** Where all are smaller they stay: there is nothing else to see. */
function withoutCrumbs(cells: readonly Cell[], pageSize: number): readonly Cell[] {
  const left = cells.filter((cell) => cell.class !== 'refused' || sizeOf(cell.range) >= pageSize)
  return left.length > 0 ? left : cells
}

/** Cells must stand by first byte, then by depth. */
export function foldCells(cells: readonly Cell[], gap: number): Cell[] {
  const out: Cell[] = []
  /** The index in `out` of the last cell of each depth; a shallower one closes those that are deeper. */
  const open: (number | undefined)[] = []
  let device: number | null = null
  for (const cell of cells) {
    const parent = device === null ? undefined : out[device]
    if (parent && isPartOf(cell, parent)) {
      out[device as number] = { ...parent, lines: (parent.lines ?? 1) + 1 }
      continue
    }
    const at = open[cell.depth]
    const before = at === undefined ? undefined : out[at]
    const joins = before && before.class === cell.class && isNear(before, cell, gap)
    if (joins) out[at as number] = joined(before, cell)
    else out.push(cell)
    open[cell.depth] = joins ? at : out.length - 1
    if (!joins) open.length = cell.depth + 1
    device = cell.class === 'device' ? (open[cell.depth] as number) : null
  }
  return out
}

/** Memory behind a device is worth more than the device. */
function isPartOf(cell: Cell, device: Cell): boolean {
  const isInside = cell.depth > device.depth && cell.range.last <= device.range.last
  return isInside && (cell.class === 'device' || cell.class === 'reserved')
}

function isNear(before: Cell, cell: Cell, gap: number): boolean {
  if (cell.class === 'device') return cell.range.start - before.range.last <= DEVICES_APART
  // RAM that touches is two lines because somebody wants to see the border.
  if (cell.class === 'ram' && cell.range.start === before.range.last + 1) return false
  return cell.range.start - before.range.last - 1 < gap
}

function joined(a: Cell, b: Cell): Cell {
  const last = Math.max(a.range.last, b.range.last)
  const lines = (a.lines ?? 1) + (b.lines ?? 1)
  return { ...a, range: range(a.range.start, last), lines, bytes: bytesOf(a) + bytesOf(b) }
}
