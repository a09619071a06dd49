import { LANE_WORDS, presentClasses, type Lane } from './cell.ts'
import { classOfKind } from './classes.ts'
import { axisSvg, marksSvg, tickWidth } from './axis-svg.ts'
import { cellsSvg } from './cells-svg.ts'
import { foldLanes } from './fold.ts'
import { headSvg, LINE } from './head-svg.ts'
import { legendSvg } from './legend-svg.ts'
import type { MapPicture } from './map-picture.ts'
import { isKept, refusalsSvg, toldHoles } from './refusals-svg.ts'
import { scaleOf } from './scale.ts'
import { fitting, framed, textAt } from './svg.ts'
import { labelSize, MARGIN, widthOf, type SvgOptions } from './svg-options.ts'

/** How much of the width each lane gets, in proportion. */
const SHARE: Readonly<Record<Lane['name'], number>> = {
  firmware: 0.8,
  iomem: 1.35,
  memblock: 0.95,
  usable: 0.85,
  plan: 1.35,
  pins: 0.95,
}
const BETWEEN = 5

/**
 * The picture as SVG. The same picture and options give the same bytes.
 *
 * Every cell has an id of its lane and address, as `iomem-7ee00000`, and its range, size and meaning as `<title>`.
 */
export function mapSvg(picture: MapPicture, options: SvgOptions = {}): string {
  const { scale: kind = 'ordinal', standalone = false, prefix = '' } = options
  const width = widthOf(options)
  const told = toldHoles(picture)
  const lanes = foldLanes(picture.lanes, picture.pageSize, isKept(told))
  const scale = scaleOf(kind, lanes, ({ class: of, number, depth }) => {
    if (number !== undefined) return told.has(number)
    return of.startsWith('load-') || (of.startsWith('pin') && depth === 0)
  })
  const ticks = tickWidth(scale)
  const inner = width - 2 * MARGIN - ticks
  const columns = columnsOf(lanes, MARGIN + ticks, inner)
  const title = picture.title || 'memory map'
  const present = presentClasses(lanes, picture.wanted ? [classOfKind(picture.wanted.kind)] : [])

  const head = headSvg({
    title,
    lines: [subtitle(picture), picture.sentence],
    alarm: picture.failed,
    width: width - 2 * MARGIN,
    x: MARGIN,
  })
  const top = head.height + LINE + 6
  const axis = { x: MARGIN, top, ticks, width: inner }
  const headings = columns.map(({ x, width: w, lane }) =>
    textAt(x, top - 5, fitting(LANE_WORDS[lane.name], w + BETWEEN, 9.5), { ink: 'faint', size: 9.5 }),
  )
  const refusals = refusalsSvg(picture, told, {
    x: MARGIN,
    y: top + scale.extent + 16,
    width: width - 2 * MARGIN,
  })
  const legend = legendSvg(present, {
    x: MARGIN,
    y: top + scale.extent + 16 + refusals.height,
    width: width - 2 * MARGIN,
  })
  return framed(
    {
      title,
      description: [picture.sentence, ...picture.changes].join(' '),
      width,
      height: top + scale.extent + 16 + refusals.height + legend.height + MARGIN,
      standalone,
      classes: present,
    },
    [
      head.svg,
      ...headings,
      axisSvg(scale, lanes, axis),
      ...columns.map(({ x, width: w, lane }) =>
        cellsSvg(lane, scale, { x, width: w, top, prefix, told, size: labelSize(width) }),
      ),
      marksSvg(scale, picture.marks, axis),
      refusals.svg,
      legend.svg,
    ].filter((part) => part !== ''),
  )
}

function subtitle({ arch, release, pageSize }: MapPicture): string {
  return `${arch}, ${release}, pages of ${pageSize / 1024} KiB`
}

interface Column {
  readonly lane: Lane
  readonly x: number
  readonly width: number
}

function columnsOf(lanes: readonly Lane[], from: number, width: number): Column[] {
  const shares = lanes.reduce((sum, { name }) => sum + SHARE[name], 0)
  const unit = (width - BETWEEN * (lanes.length - 1)) / shares
  const columns: Column[] = []
  let x = from
  for (const lane of lanes) {
    const own = unit * SHARE[lane.name]
    columns.push({ lane, x, width: own })
    x += own + BETWEEN
  }
  return columns
}
