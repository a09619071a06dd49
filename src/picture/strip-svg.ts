import { hex } from '../planner/index.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import { axisSvg, tickWidth } from './axis-svg.ts'
import { presentClasses, type Cell } from './cell.ts'
import { cellsSvg } from './cells-svg.ts'
import type { MemoryClass } from './classes.ts'
import { headSvg, LINE } from './head-svg.ts'
import { legendSvg } from './legend-svg.ts'
import { INKS, PREFIX } from './looks.ts'
import { positionOf, scaleOf, type Scale } from './scale.ts'
import type { StripBoot, StripPicture } from './strip.ts'
import { escaped, fitting, framed, n, paintOf, ruleOf, textAt } from './svg.ts'
import { labelSize, MARGIN, widthOf, type SvgOptions } from './svg-options.ts'

/** So many boots have room; the newest. */
export const MOST_BOOTS = 60
const WIDEST = 110

/** A column a boot, what all boots have in common beside them, and where pins lie, as SVG. */
export function stripSvg(picture: StripPicture, options: SvgOptions = {}): string {
  const { scale: kind = 'ordinal', standalone = false, prefix = '' } = options
  const width = widthOf(options)
  const boots = picture.boots.slice(-MOST_BOOTS)
  const { ground, pinCells, pins } = picture
  const all = [...boots.map(({ cells }) => cells), ground, pinCells].map((cells) => ({ cells }))
  const scale = scaleOf(kind, all, (cell) => cell.class === 'pin')
  const ticks = tickWidth(scale)
  const left = MARGIN + ticks
  const side = Math.min(120, width * 0.2)
  const hasPins = pinCells.length > 0
  const inner = width - MARGIN - left - (side + 6) * (hasPins ? 2 : 1)
  const step = Math.min(WIDEST, inner / Math.max(1, boots.length))
  const title = picture.title || 'boots of one host'
  const lost = pins.some(({ freeIn }) => freeIn < picture.boots.length)
  const head = headSvg({
    title,
    lines: [picture.sentence],
    alarm: lost,
    x: MARGIN,
    width: width - 2 * MARGIN,
  })
  const top = head.height + LINE + 6
  const groundAt = left + step * boots.length + 6
  const size = labelSize(width)
  const place = { top, prefix, size, width: side, told: new Set<number>() }
  const present = presentClasses(all)
  const below = top + scale.extent + 14
  const legend = legendSvg(present, { x: MARGIN, y: below, width: width - 2 * MARGIN })
  return framed(
    {
      title,
      description: picture.sentence,
      width,
      height: below + legend.height + MARGIN,
      standalone,
      classes: present,
    },
    [
      head.svg,
      ...headings(boots, { left, top, step }),
      textAt(groundAt, top - 5, fitting('every boot', side, 9.5), { ink: 'faint', size: 9.5 }),
      ...(hasPins ? [textAt(groundAt + side + 6, top - 5, 'pins', { ink: 'faint', size: 9.5 })] : []),
      axisSvg(
        scale,
        [
          { name: 'pins', cells: pinCells },
          { name: 'usable', cells: ground },
        ],
        {
          x: MARGIN,
          top,
          ticks,
          width: width - 2 * MARGIN - ticks,
        },
      ),
      ...present
        .map((name) => columnsSvg(name, boots, scale, { left, top, step }))
        .filter((part) => part !== ''),
      ...boots.map((boot, i) =>
        overlay(boot, { x: left + i * step, top, width: step, height: scale.extent }),
      ),
      cellsSvg({ name: 'usable', cells: ground }, scale, { ...place, x: groundAt }),
      ...(hasPins
        ? [
            cellsSvg({ name: 'pins', cells: pinCells }, scale, { ...place, x: groundAt + side + 6 }),
            pinLines(picture, scale, { left, top, to: groundAt + side + 6 }),
          ]
        : []),
      legend.svg,
    ],
  )
}

interface Columns {
  readonly left: number
  readonly top: number
  readonly step: number
}

/** The first and the last boot by name, where there is room for names. */
function headings(boots: readonly StripBoot[], { left, top, step }: Columns): string[] {
  const own = (i: number, width: number) =>
    textAt(left + i * step, top - 5, fitting(boots[i]?.name ?? '', width, 9.5), { ink: 'faint', size: 9.5 })
  if (step >= 34) return boots.map((_, i) => own(i, step - 3))
  const half = (step * boots.length) / 2 - 6
  const last = textAt(left + step * boots.length, top - 5, fitting(boots.at(-1)?.name ?? '', half, 9.5), {
    ink: 'faint',
    size: 9.5,
    anchor: 'end',
  })
  return boots.length > 1 ? [own(0, half), last] : [own(0, step * 2)]
}

/** All cells of one class in one path: a strip of many boots has thousands of them. */
function columnsSvg(
  name: MemoryClass,
  boots: readonly StripBoot[],
  scale: Scale,
  { left, top, step }: Columns,
): string {
  const width = n(Math.max(1, step - (step > 8 ? 2 : 0.4)))
  const d = boots.flatMap(({ cells }, i) =>
    cells
      .filter((cell) => cell.class === name)
      .map(({ range: r }) => {
        const y = positionOf(scale, r.start)
        const height = Math.max(0.6, positionOf(scale, r.last + 1) - y)
        return `M${n(left + i * step)} ${n(top + y)}h${width}v${n(height)}h-${width}z`
      }),
  )
  return d.length > 0 ? `<path ${paintOf(name)} stroke-width="0.5" d="${d.join('')}"/>` : ''
}

/** What a column is, for whoever points at it. */
function overlay(
  { name, bootId, release, sameHardware }: StripBoot,
  box: { readonly x: number; readonly top: number; readonly width: number; readonly height: number },
): string {
  const words = [name, release, ...(bootId ? [`boot ${bootId}`] : []), ...(sameHardware ? [] : [OTHER])].join(
    ', ',
  )
  const rim = sameHardware
    ? ''
    : `<path class="${PREFIX}-alarm-line" fill="none" stroke="${INKS.alarm[0]}" stroke-width="2" d="M${n(box.x)} ${n(box.top - 1)}h${n(box.width - 2)}"/>`
  return `${rim}<rect fill="none" pointer-events="all" x="${n(box.x)}" y="${n(box.top)}" width="${n(box.width)}" height="${n(box.height)}"><title>${escaped(words)}</title></rect>`
}

const OTHER = 'another firmware map than in the newest boot'

/** Where a pin begins and ends, across all boots. */
function pinLines(
  { pinCells, pins }: StripPicture,
  scale: Scale,
  { left, top, to }: { readonly left: number; readonly top: number; readonly to: number },
): string {
  const d = pinCells.map(({ range: r }: Cell) => {
    const [a, b] = [top + positionOf(scale, r.start), top + positionOf(scale, r.last + 1)]
    return `M${n(left)} ${n(a)}H${n(to)}M${n(left)} ${n(b)}H${n(to)}`
  })
  const words = pins.map(
    ({ pin, range: r, freeIn }) => `${pin.kind} ${hex(r.start)}, ${sizeText(sizeOf(r))}: free in ${freeIn}`,
  )
  return ruleOf(d.join(''), ' stroke-dasharray="3 2"').replace(
    '/>',
    () => `><title>${escaped(words.join('; '))}</title></path>`,
  )
}
