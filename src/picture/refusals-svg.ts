import { hex } from '../planner/index.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import type { Cell } from './cell.ts'
import { classOfKind } from './classes.ts'
import { LINE, type Part } from './head-svg.ts'
import type { PartPlace } from './legend-svg.ts'
import type { MapPicture } from './map-picture.ts'
import type { RefusedHole } from './refused.ts'
import { escaped, fitting, n, paintOf, ruleOf, textAt, wrapped } from './svg.ts'
import { isNarrow, MARGIN } from './svg-options.ts'

/** A picture lists this many holes; the text and the facts list all. */
const MOST_TOLD = 24

/** The numbers of the holes that are listed: the largest of at least a page, of two as large the one looked at first. */
export function toldHoles({
  refused,
  pageSize,
}: Pick<MapPicture, 'refused' | 'pageSize'>): ReadonlySet<number> {
  const pages = refused.filter(({ range: r }) => sizeOf(r) >= pageSize)
  const largest = (pages.length > 0 ? pages : [...refused]).sort(
    (a, b) => sizeOf(b.range) - sizeOf(a.range) || a.number - b.number,
  )
  return new Set(largest.slice(0, MOST_TOLD).map(({ number }) => number))
}

/** What has to be seen by itself, however many cells there are. */
export function isKept(told: ReadonlySet<number>): (cell: Cell) => boolean {
  return ({ class: of, number }) =>
    of === 'refused' ? number !== undefined && told.has(number) : KEPT.test(of)
}

const KEPT = /^(load-|room$|pin|hazard$)/

/** How large each refused hole is against what was wanted, and why it would not do; then what would make it fit. */
export function refusalsSvg(picture: MapPicture, told: ReadonlySet<number>, place: PartPlace): Part {
  const { wanted, refused, changes } = picture
  const out: string[] = []
  let y = place.y
  if (wanted) {
    const rows = refused.filter(({ number }) => told.has(number))
    const most = rows.reduce((sum, { range: r }) => Math.max(sum, sizeOf(r)), wanted.memsz)
    const narrow = isNarrow(place.width + 2 * MARGIN)
    const bar = place.width * (narrow ? 0.28 : 0.24)
    const left = place.x + NUMBER
    const per = bar / most
    const needed = left + wanted.memsz * per
    const firstRow = y
    y += LINE
    out.push(
      `<rect ${paintOf(classOfKind(wanted.kind))} x="${n(left)}" y="${n(y - 9)}" width="${n(wanted.memsz * per)}" height="10"/>`,
      textAt(
        left + bar + 8,
        y,
        fitting(wantedText(wanted), place.width - NUMBER - bar - 8, undefined, true),
        { bold: true },
      ),
    )
    for (const hole of rows) {
      y += LINE
      out.push(rowSvg(hole, { x: place.x, y, width: place.width, bar, per }, narrow))
    }
    out.push(ruleOf(`M${n(needed)} ${n(firstRow + 2)}V${n(y + 3)}`, ' stroke-dasharray="2 2"'))
    if (rows.length < refused.length) {
      y += LINE
      const more = `${refused.length - rows.length} smaller holes were refused as well`
      out.push(textAt(left, y, more, { ink: 'faint' }))
    }
  }
  if (changes.length > 0) y += 4
  for (const line of changes.flatMap((change) => wrapped(`→ ${change}`, place.width, 11))) {
    y += LINE
    out.push(textAt(place.x, y, line, { size: 11, bold: true }))
  }
  const height = y - place.y
  return { svg: out.join('\n'), height: height > 0 ? height + 18 : 0 }
}

const NUMBER = 18

function wantedText({ kind, memsz, align, min }: NonNullable<MapPicture['wanted']>): string {
  const above = min > 0 ? `, from ${hex(min)}` : ''
  return `wanted: ${kind}, ${sizeText(memsz)}, aligned to ${sizeText(align)}${above}`
}

interface RowPlace extends PartPlace {
  readonly bar: number
  readonly per: number
}

function rowSvg(hole: RefusedHole, { x, y, width, bar, per }: RowPlace, narrow: boolean): string {
  const { number, range: r, short, sentence, between } = hole
  const exact = short === null ? '' : ` (${hex(short)})`
  const text = narrow ? `${hex(r.start)}: ${sentence}` : `${hex(r.start)}-${hex(r.last)}: ${sentence}${exact}`
  const from = x + NUMBER + bar + 8
  const title = `${hex(r.start)}-${hex(r.last)}: ${sentence}${exact}${between ? `; below it ${between.below}, above it ${between.above}` : ''}`
  return (
    textAt(x + NUMBER - 5, y, `${number}`, { anchor: 'end', ink: 'alarm', bold: true }) +
    `<rect ${paintOf('refused')} x="${n(x + NUMBER)}" y="${n(y - 9)}" width="${n(Math.max(1, sizeOf(r) * per))}" height="10"/>` +
    titled(textAt(from, y, fitting(text, x + width - from, 10)), title)
  )
}

/** Text that shows all of itself to whoever points at it. */
function titled(text: string, title: string): string {
  return text.replace('</text>', () => `<title>${escaped(title)}</title></text>`)
}
