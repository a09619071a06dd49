import { hex } from '../planner/index.ts'
import { sizeOf, subtract, type Range } from '../planner/bytes/range.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import { bytesOf, type Cell, type Lane } from './cell.ts'
import { CLASS_WORDS, type MemoryClass } from './classes.ts'
import { positionOf, type Scale } from './scale.ts'
import { escaped, fitting, n, paintOf, textsAt, type Placed, type TextLook } from './svg.ts'

export interface LanePlace {
  readonly x: number
  readonly top: number
  readonly width: number
  /** What lies inside of another cell is set in from the right, not from the left. */
  readonly mirrored?: boolean
  readonly prefix: string
  /** Of the labels. */
  readonly size: number
  /** The refused holes whose number is shown. */
  readonly told: ReadonlySet<number>
}

/** How far a cell inside of another is set in. */
const INSET = 9
const DEEPEST = 3
/** The least height that is still seen, and the least that holds a line of text. */
const THINNEST = 0.8
const TEXT_ROOM = 11
const NUMERAL = 7
/** Whole ones of these need not be told in hex. */
const ROUND = 0x100000

/** One lane: its cells, class by class, then their labels. */
export function cellsSvg(lane: Lane, scale: Scale, place: LanePlace): string {
  const boxes = lane.cells.map((cell) => boxOf(cell, scale, place))
  const ids = idsOf(lane, place.prefix)
  const depths = [...new Set(lane.cells.map((cell) => cell.depth))].sort((a, b) => a - b)
  const out: string[] = []
  for (const depth of depths) {
    const groups = new Map<MemoryClass, string[]>()
    for (const [i, cell] of lane.cells.entries()) {
      if (cell.depth !== depth) continue
      const { x, y, width, height } = boxes[i] as Box
      const shape = `<rect id="${ids[i]}" x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}"><title>${escaped(cellTitle(cell))}</title></rect>`
      const group = groups.get(cell.class)
      if (group) group.push(shape)
      else groups.set(cell.class, [shape])
    }
    for (const [name, shapes] of groups) out.push(`<g ${paintOf(name)}${dashOf(name)}>${shapes.join('')}</g>`)
  }
  const labels = lane.cells.flatMap((cell, i) =>
    labelsOf(cell, boxes[i] as Box, openPart(lane.cells, i, scale, place.top), place),
  )
  for (const [style, look] of Object.entries(STYLES)) {
    const texts = labels.filter((label) => label.style === style)
    out.push(textsAt(texts, { ...look, halo: true, size: place.size }))
  }
  return `<g>\n${out.filter((part) => part !== '').join('\n')}\n</g>`
}

const STYLES = {
  plain: {},
  strong: { bold: true },
  number: { bold: true, ink: 'alarm' },
  size: { anchor: 'end' },
} as const satisfies Readonly<Record<string, TextLook>>

interface Label extends Placed {
  readonly style: keyof typeof STYLES
}

/** What a cell is, for whoever points at it. */
export function cellTitle(cell: Cell): string {
  const { range: r, label, badge, align, because, lines, number } = cell
  const what = number === undefined ? label : `refused hole ${number}`
  const exact = sizeOf(r) % ROUND === 0 ? '' : ` (${hex(sizeOf(r))})`
  return [
    `${hex(r.start)}-${hex(r.last)}, ${sizeText(sizeOf(r))}${exact}: ${what}${lines ? ` and ${lines - 1} more, ${sizeText(bytesOf(cell))} in all` : ''}`,
    ...(what === CLASS_WORDS[cell.class] || cell.class === 'device' ? [] : [CLASS_WORDS[cell.class]]),
    ...(badge ? [badge] : []),
    ...(align ? [`aligned to ${hex(align)}`] : []),
    ...(because ? [because] : []),
  ].join('; ')
}

/** As `iomem-7ee00000`; of two cells that begin at the same byte the later one has a number behind. */
function idsOf({ name, cells }: Lane, prefix: string): string[] {
  const used = new Map<string, number>()
  const head = `${escaped(prefix)}${name}-`
  return cells.map(({ range: r }) => {
    const id = `${head}${r.start.toString(16)}`
    const times = (used.get(id) ?? 0) + 1
    used.set(id, times)
    return times === 1 ? id : `${id}-${times}`
  })
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function boxOf({ range: r, depth }: Cell, scale: Scale, place: LanePlace): Box {
  const y = positionOf(scale, r.start)
  const inset = Math.min(depth, DEEPEST) * INSET
  return {
    x: place.x + (place.mirrored ? 0 : inset),
    y: place.top + y,
    width: place.width - inset,
    height: Math.max(THINNEST, positionOf(scale, r.last + 1) - y),
  }
}

/** The tallest part of a cell that nothing deeper lies over. */
function openPart(
  cells: readonly Cell[],
  at: number,
  scale: Scale,
  top: number,
): { y: number; height: number } {
  const cell = cells[at] as Cell
  const inside: Range[] = []
  for (let i = at + 1; i < cells.length; i++) {
    const { range: r, depth } = cells[i] as Cell
    if (r.start > cell.range.last) break
    if (depth > cell.depth) inside.push(r)
  }
  let best = { y: 0, height: -1 }
  for (const part of subtract([cell.range], inside)) {
    const y = positionOf(scale, part.start)
    const height = positionOf(scale, part.last + 1) - y
    if (height > best.height) best = { y: top + y, height }
  }
  return best
}

function labelsOf(cell: Cell, box: Box, open: { y: number; height: number }, place: LanePlace): Label[] {
  if (open.height < TEXT_ROOM) return []
  const y = open.y + open.height / 2 + 3.6
  if (cell.number !== undefined) {
    if (!place.told.has(cell.number)) return []
    const number: Label = { style: 'number', x: box.x + 5, y, text: `${cell.number}` }
    const size = sizeIn(box.width - 14 - number.text.length * NUMERAL, cell, place.size)
    return [number, ...(size ? [{ style: 'size' as const, x: box.x + box.width - 5, y, text: size }] : [])]
  }
  if (cell.class === 'room' || (cell.class === 'free' && open.height < 2 * TEXT_ROOM)) return []
  const strong = cell.class.startsWith('load-')
  const text =
    cell.class === 'free'
      ? sizeIn(box.width - 7, cell, place.size)
      : fitting(labelOf(cell), box.width - 7, place.size, strong)
  return text ? [{ style: strong ? 'strong' : 'plain', x: box.x + 4, y, text }] : []
}

/** A size as long as there is room for it: a number that is cut would be another number. */
function sizeIn(width: number, cell: Cell, size: number): string {
  const text = sizeText(bytesOf(cell))
  const forms = [text, text.replace(/ (\w)i?B?$/, '$1')]
  return forms.find((form) => fitting(form, width, size) === form) ?? ''
}

function labelOf(cell: Cell): string {
  const { label, badge, lines } = cell
  if (badge) return `${label} · ${badge}`
  if (cell.class === 'mixed') return `${lines} lines`
  if (cell.class === 'device' && lines) return `${lines} devices`
  return lines ? `${lines} × ${label}` : label
}

function dashOf(name: MemoryClass): string {
  return name === 'room' || name === 'refused' ? ' stroke-dasharray="3 2"' : ''
}
