import { hex } from '../planner/index.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import { ALARM, BOLD, FAINT, flowOf, LEAST_COLUMNS, lineOf, linesOf, SGR, type Span } from './ansi.ts'
import { CLASS_WORDS } from './classes.ts'
import { bytesOf, LANE_WORDS, presentClasses, type Cell, type Lane, type LaneName } from './cell.ts'
import { foldLanes } from './fold.ts'
import { legendEntries } from './legend-text.ts'
import { LOOKS } from './looks.ts'
import type { MapPicture } from './map-picture.ts'
import { isKept, toldHoles } from './refusals-svg.ts'
import { rowsOf, type Row } from './rows.ts'

export interface TextOptions {
  /** The width of the terminal; no line is wider. */
  readonly columns: number
  readonly colour: boolean
  /** Each line of each source by itself, where else those are put together that lie next to each other. */
  readonly every?: boolean
}

/** The picture as text, a line for each stretch in which no lane changes. The same options give the same bytes. */
export function mapText(picture: MapPicture, options: TextOptions): string {
  const { colour, every = false } = options
  const columns = Math.max(LEAST_COLUMNS, options.columns)
  const lanes = every ? picture.lanes : foldLanes(picture.lanes, picture.pageSize, isKept(toldHoles(picture)))
  const rows = rowsOf(lanes, picture.marks)
  const numbers = lanes.map(({ name }, i) => [{ text: `${i + 1} ${LANE_WORDS[name]}`, sgr: FAINT }])
  const line = (spans: readonly Span[]) => lineOf(spans, columns, colour)
  const pad = rows.reduce((most, row) => Math.max(most, hex(row.at).length), 0)
  const { title, arch, release, pageSize, sentence, failed } = picture
  return [
    ...(title ? [line([{ text: title, sgr: BOLD }])] : []),
    line([{ text: `${arch}, ${release}, pages of ${pageSize / 1024} KiB`, sgr: FAINT }]),
    ...linesOf(sentence, columns, failed ? ALARM : null, colour),
    '',
    line([{ text: heading(lanes, pad), sgr: FAINT }]),
    ...rows.map((row) => line(rowSpans(row, lanes, pad))),
    ...refusalLines(picture, columns, colour),
    '',
    ...flowOf([...numbers, ...legendEntries(presentClasses(lanes))], columns, colour),
    '',
  ].join('\n')
}

const SIZE_COLUMNS = 10

function heading(lanes: readonly Lane[], pad: number): string {
  const numbers = lanes.map((_, i) => `${i + 1}`).join(' ')
  return `${'address'.padStart(pad)}${'size'.padStart(SIZE_COLUMNS + 1)}  ${numbers}  what`
}

function rowSpans(row: Row, lanes: readonly Lane[], pad: number): Span[] {
  const where = `${hex(row.at).padStart(pad)}${sizeText(row.to - row.at).padStart(SIZE_COLUMNS + 1)}  `
  if (row.cells.every((cell) => cell === null)) {
    const empty = lanes.map(() => ' ').join(' ')
    return [{ text: `${where}${empty}  ${marksText(row)}nothing`, sgr: FAINT }]
  }
  const letters = row.cells.flatMap((cell): Span[] => [
    cell ? { text: LOOKS[cell.class].letter, sgr: SGR[cell.class] } : { text: ' ' },
    { text: ' ' },
  ])
  return [{ text: where }, ...letters, { text: ` ${marksText(row)}` }, ...nameSpans(row, lanes)]
}

function marksText({ marks }: Row): string {
  return marks.map((mark) => `<${mark.label}> `).join('')
}

/** What is the matter there, plan and pins first; what the letters say already is not said again. */
function nameSpans({ cells, begins }: Row, lanes: readonly Lane[]): Span[] {
  const names: Span[] = []
  for (const lane of ['plan', 'pins', 'iomem', 'usable', 'memblock', 'firmware'] as const) {
    const i = lanes.findIndex(({ name }) => name === lane)
    const cell = cells[i]
    if (!cell || isPlain(cell)) continue
    const text = nameOf(cell, lane, begins[i] ?? false)
    if (names.some((other) => other.text.trim() === text)) continue
    if (names.length > 0) names.push({ text: ', ' })
    names.push({ text, sgr: SGR[cell.class] })
  }
  return names
}

function isPlain({ class: of, lines }: Cell): boolean {
  return of === 'ram' || (of === 'free' && !lines)
}

function nameOf(cell: Cell, lane: LaneName, first: boolean): string {
  const { label, lines, badge, number, class: of } = cell
  if (number !== undefined) return first ? `[${number}] refused` : `[${number}]`
  if (of === 'device' && lines) return `${lines} devices`
  if (of === 'free') return `${sizeText(bytesOf(cell))} in ${lines} pieces may be booked`
  if (of === 'mixed') return `${lines} lines`
  const text =
    lane === 'pins' && of.startsWith('pin') ? `${of === 'pin' ? 'pin' : CLASS_WORDS[of]} of ${label}` : label
  return [lines ? `${lines} × ${text}` : text, ...(badge && first ? [`(${badge})`] : [])].join(' ')
}

function refusalLines({ refused, changes }: MapPicture, columns: number, colour: boolean): string[] {
  const pad = `${refused.length}`.length + 2
  return [
    ...(refused.length > 0 ? [''] : []),
    ...refused.map(({ number, range: r, sentence, short, between }) => {
      const exact = short === null ? '' : ` (${hex(short)})`
      return lineOf(
        [
          { text: `[${number}]`.padStart(pad), sgr: ALARM },
          { text: ` ${hex(r.start)}-${hex(r.last)}: ${sentence}${exact}` },
          { text: between ? `; below ${between.below}, above ${between.above}` : '', sgr: FAINT },
        ],
        columns,
        colour,
      )
    }),
    ...(changes.length > 0 ? [''] : []),
    ...changes.flatMap((change) => linesOf(`→ ${change}`, columns, BOLD, colour)),
  ]
}
