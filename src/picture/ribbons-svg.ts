import { hex } from '../planner/index.ts'
import { TIES, type Panel, type Tie } from './diff-picture.ts'
import { LINE, type Part } from './head-svg.ts'
import type { PartPlace } from './legend-svg.ts'
import { INKS, PREFIX } from './looks.ts'
import { positionOf, type Scale } from './scale.ts'
import { escaped, n, textAt } from './svg.ts'

/** So many ribbons at most; changes first, the largest. */
const MOST_TIES = 120

interface RibbonPlace {
  readonly x: number
  readonly to: number
  readonly top: number
}

/** From each line of one boot to what it is in the other. */
export function ribbonsSvg(ties: readonly Tie[], scale: Scale, place: RibbonPlace): string {
  const largest = [...ties]
    .sort((a, b) => rank(b) - rank(a) || a.before.start - b.before.start)
    .slice(0, MOST_TIES)
  return TIES.map((kind) =>
    kindSvg(
      kind,
      largest.filter((tie) => tie.kind === kind),
      scale,
      place,
    ),
  ).join('')
}

/** Changes go before what is the same, large before small. */
function rank({ kind, after }: Tie): number {
  return (kind === 'same' ? 0 : 2 ** 53) + (after.last - after.start)
}

const DASHES: Readonly<Record<Tie['kind'], string>> = {
  same: '',
  moved: '',
  resized: ' stroke-dasharray="4 2"',
  renamed: ' stroke-dasharray="1 2"',
}

function kindSvg(kind: Tie['kind'], ties: readonly Tie[], scale: Scale, { x, to, top }: RibbonPlace): string {
  if (ties.length === 0) return ''
  const middle = (x + to) / 2
  const ribbons = ties.map(({ name, before, after }) => {
    const [a, b] = [top + positionOf(scale, before.start), top + positionOf(scale, before.last + 1)]
    const [c, d] = [top + positionOf(scale, after.start), top + positionOf(scale, after.last + 1)]
    const path = `M${n(x)} ${n(a)}C${n(middle)} ${n(a)} ${n(middle)} ${n(c)} ${n(to)} ${n(c)}V${n(Math.max(d, c + 0.8))}C${n(middle)} ${n(d)} ${n(middle)} ${n(b)} ${n(x)} ${n(Math.max(b, a + 0.8))}Z`
    const words = kind === 'same' ? `${hex(after.start)}` : `${hex(before.start)} → ${hex(after.start)}`
    return `<path d="${path}"><title>${escaped(`${name}: ${kind}, ${words}`)}</title></path>`
  })
  const solid = kind === 'same' ? 0.3 : 0.55
  return `<g class="${PREFIX}-${kind}" fill="${INKS[kind][0]}" fill-opacity="${solid}"${kind === 'same' ? '' : ` stroke="${INKS[kind][0]}" stroke-width="0.8"${DASHES[kind]}`}>${ribbons.join('')}</g>`
}

/** The kinds of ribbons that there are. */
export function tieLegend(panels: readonly Panel[], { x, y, width }: PartPlace): Part {
  const kinds = TIES.filter((kind) => panels.some(({ ties }) => ties.some((tie) => tie.kind === kind)))
  const step = Math.min(110, width / Math.max(1, kinds.length))
  const entries = kinds.map((kind, i) => {
    const stroke = kind === 'same' ? '' : ` stroke="${INKS[kind][0]}"${DASHES[kind]}`
    return (
      `<path class="${PREFIX}-${kind}" fill="${INKS[kind][0]}" fill-opacity="0.55"${stroke} d="M${n(x + i * step)} ${n(y + 2)}h16v8h-16z"/>` +
      textAt(x + i * step + 22, y + 9.5, kind)
    )
  })
  return { svg: entries.join('\n'), height: kinds.length > 0 ? LINE + 4 : 0 }
}
