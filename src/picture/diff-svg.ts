import { axisSvg, tickWidth } from './axis-svg.ts'
import { presentClasses, type Cell } from './cell.ts'
import { cellsSvg } from './cells-svg.ts'
import type { DiffPicture, Panel } from './diff-picture.ts'
import { headSvg, LINE, type Part } from './head-svg.ts'
import { legendSvg, type PartPlace } from './legend-svg.ts'
import { ribbonsSvg, tieLegend } from './ribbons-svg.ts'
import { scaleOf, type Scale } from './scale.ts'
import { fitting, framed, textAt, wrapped } from './svg.ts'
import { labelSize, MARGIN, widthOf, type SvgOptions } from './svg-options.ts'

const BETWEEN = 6
/** Of a panel: a boot, the ribbons, the other boot. */
const SIDE = 0.36

/** Two boots side by side, ribbons between what they have in common, as SVG. The same picture gives the same bytes. */
export function diffSvg(picture: DiffPicture, options: SvgOptions = {}): string {
  const { scale: kind = 'ordinal', standalone = false, prefix = '' } = options
  const width = widthOf(options)
  const { panels, usable, pins, names, drift } = picture
  const all = [...panels.flatMap(({ before, after }) => [before, after]), usable, pins].map((cells) => ({
    cells,
  }))
  const scale = scaleOf(kind, all, (cell) => cell.class.startsWith('pin'))
  const ticks = tickWidth(scale)
  const left = MARGIN + ticks
  const size = labelSize(width)
  const extra = [usable, ...(pins.length > 0 ? [pins] : [])]
  const shares = panels.length * 2.2 + extra.length * 0.8
  const unit = (width - MARGIN - left - BETWEEN * (panels.length + extra.length - 1)) / shares
  const title = picture.title || 'two boots'
  const head = headSvg({
    title,
    lines: [`${names[0]} → ${names[1]}`, picture.sentence],
    alarm: drift.some(({ verdict }) => verdict === 'broken'),
    x: MARGIN,
    width: width - 2 * MARGIN,
  })
  const top = head.height + 2 * LINE + 4
  const shown = (at: number) => ({ x: at, top, prefix, size, told: new Set<number>() })
  const parts: string[] = []
  let x = left
  for (const panel of panels) {
    parts.push(panelSvg(panel, picture, scale, { ...shown(x), width: unit * 2.2 }))
    x += unit * 2.2 + BETWEEN
  }
  for (const cells of extra) {
    const name = cells === usable ? 'usable' : 'pins'
    const place = { ...shown(x), width: unit * 0.8 }
    parts.push(heading(x, top - 5, name === 'usable' ? 'bookable' : 'pins', unit * 0.8))
    parts.push(cellsSvg({ name, cells }, scale, place))
    x += unit * 0.8 + BETWEEN
  }
  const present = presentClasses(all)
  const below = { x: MARGIN, y: top + scale.extent + 14, width: width - 2 * MARGIN }
  const verdicts = verdictsSvg(picture, below)
  const ties = tieLegend(panels, { ...below, y: below.y + verdicts.height })
  const legend = legendSvg(present, { ...below, y: below.y + verdicts.height + ties.height })
  return framed(
    {
      title,
      description: [picture.sentence, ...drift.map((d) => `${d.kind}: ${d.sentence}`)].join(' '),
      width,
      height: below.y + verdicts.height + ties.height + legend.height + MARGIN,
      standalone,
      classes: present,
    },
    [
      head.svg,
      axisSvg(
        scale,
        [
          { name: 'pins', cells: pins },
          ...panels.map(({ after }) => ({ name: 'iomem' as const, cells: after })),
        ],
        {
          x: MARGIN,
          top,
          ticks,
          width: width - 2 * MARGIN - ticks,
        },
      ),
      ...parts,
      verdicts.svg,
      ties.svg,
      legend.svg,
    ].filter((part) => part !== ''),
  )
}

interface PanelPlace {
  readonly x: number
  readonly top: number
  readonly width: number
  readonly prefix: string
  readonly size: number
  readonly told: ReadonlySet<number>
}

/** Before, ribbons, after; what only one boot has bears a sign. */
function panelSvg(panel: Panel, { names, diff }: DiffPicture, scale: Scale, place: PanelPlace): string {
  const { x, top, width } = place
  const side = width * SIDE
  const right = x + width - side
  const changes = diff.changes.filter(({ lane }) => lane === panel.source)
  const removed = new Set(changes.flatMap((c) => (c.before && !c.after ? [keyOf(c.before.range)] : [])))
  const added = new Set(changes.flatMap((c) => (c.after && !c.before ? [keyOf(c.after.range)] : [])))
  const ribbons = ribbonsSvg(panel.ties, scale, { x: x + side, to: right, top })
  const lane = (cells: readonly Cell[], signs: ReadonlySet<string>, sign: string) =>
    cells.map((cell) => (signs.has(keyOf(cell.range)) ? { ...cell, label: `${sign} ${cell.label}` } : cell))
  return [
    heading(x, top - 5 - LINE, SOURCE_WORDS[panel.source], width),
    heading(x, top - 5, names[0], side),
    heading(right, top - 5, names[1], side),
    ribbons,
    cellsSvg({ name: 'iomem', cells: lane(panel.before, removed, '−') }, scale, {
      ...place,
      width: side,
      prefix: `${place.prefix}before-${panel.source}-`,
    }),
    cellsSvg({ name: 'iomem', cells: lane(panel.after, added, '+') }, scale, {
      ...place,
      x: right,
      width: side,
      mirrored: true,
      prefix: `${place.prefix}after-${panel.source}-`,
    }),
  ].join('\n')
}

const SOURCE_WORDS = {
  firmware: 'firmware map',
  efi: 'UEFI',
  iomem: 'iomem',
  'memblock-memory': 'memblock memory',
  'memblock-reserved': 'memblock reserved',
} as const

function heading(x: number, y: number, text: string, width: number): string {
  return textAt(x, y, fitting(text, width, 9.5), { ink: 'faint', size: 9.5 })
}

function keyOf({ start, last }: { readonly start: number; readonly last: number }): string {
  return `${start} ${last}`
}

/** Each pin and whether it holds; a broken one by whom. */
function verdictsSvg({ drift }: DiffPicture, { x, y, width }: PartPlace): Part {
  const out: string[] = []
  let at = y
  for (const { kind, purpose, verdict, sentence } of drift) {
    const text = `${kind}${purpose === 'crash' ? ' (crash)' : ''}: ${sentence}`
    for (const line of wrapped(text, width)) {
      at += LINE
      out.push(
        textAt(x, at, line, { bold: verdict !== 'holds', ink: verdict === 'broken' ? 'alarm' : 'ink' }),
      )
    }
  }
  return { svg: out.join('\n'), height: out.length > 0 ? at - y + 14 : 0 }
}
