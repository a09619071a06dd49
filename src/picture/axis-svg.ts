import { hex } from '../planner/index.ts'
import type { Lane, Mark } from './cell.ts'
import { INKS, PREFIX } from './looks.ts'
import { positionOf, type Scale } from './scale.ts'
import { n, ruleOf, textAt, textsAt } from './svg.ts'

export interface AxisPlace {
  readonly x: number
  readonly top: number
  /** What the addresses take of the width. */
  readonly ticks: number
  /** Of all lanes together. */
  readonly width: number
}

const TICK_SIZE = 9
const TICK_EM = 0.605
/** Two addresses closer than this would run into each other. */
const APART = 10.5

/** The width of the longest address. */
export function tickWidth({ stops }: Scale): number {
  const last = stops.at(-1)?.at ?? 0
  return hex(last).length * TICK_SIZE * TICK_EM + 8
}

/** Addresses of the borders, as many as have room, those of plan and pins first; and broken stretches. */
export function axisSvg(scale: Scale, lanes: readonly Lane[], place: AxisPlace): string {
  const { x, top, ticks, width } = place
  const right = x + ticks
  const labels = textsAt(
    chosenTicks(scale, lanes).map(({ at, y }) => ({ x: right - 7, y: top + y + 3, text: hex(at) })),
    { size: TICK_SIZE, mono: true, anchor: 'end', ink: 'faint' },
  )
  const dashes = scale.stops.map(({ y }) => `M${n(right - 4)} ${n(top + y)}h3`).join('')
  const broken = scale.breaks.map(({ start, last }) => {
    const middle = top + (positionOf(scale, start) + positionOf(scale, last + 1)) / 2
    return `M${n(right - 4)} ${n(middle - 1.5)}${zigzag(width + 4)}M${n(right - 4)} ${n(middle + 1.5)}${zigzag(width + 4)}`
  })
  return [
    ruleOf(`M${n(right - 1)} ${n(top)}v${n(scale.extent)}${dashes}`),
    ...(broken.length > 0 ? [ruleOf(broken.join(''), ' stroke-width="0.7"')] : []),
    labels,
  ].join('\n')
}

/** The marks, over the lanes; one that lies in a gap has nothing to tell. */
export function marksSvg(scale: Scale, marks: readonly Mark[], { x, top, ticks, width }: AxisPlace): string {
  const right = x + ticks
  const seen = marks.filter(({ at }) => !scale.breaks.some((gap) => gap.start < at && at <= gap.last))
  let before = -Infinity
  const lines = seen.map(({ at, label, limit = false }) => {
    const y = top + positionOf(scale, at)
    const text = textAt(right + width, y - 2, label, {
      size: 8.5,
      ink: limit ? 'alarm' : 'faint',
      anchor: 'end',
      halo: true,
    })
    const room = y - before >= APART
    if (room) before = y
    return `<path ${lineOf(limit)} fill="none" stroke-dasharray="5 3" d="M${n(right)} ${n(y)}h${n(width)}"/>${room ? text : ''}`
  })
  return lines.join('\n')
}

function lineOf(limit: boolean): string {
  return limit
    ? `class="${PREFIX}-alarm-line" stroke="${INKS.alarm[0]}"`
    : `class="${PREFIX}-rule" stroke="${INKS.rule[0]}"`
}

/** As wide as that, in steps of four. */
function zigzag(width: number): string {
  const steps = Math.floor(width / 8)
  return 'l4 -2l4 2'.repeat(Math.max(1, steps))
}

/** Those that matter most come first and take the room. */
function chosenTicks(scale: Scale, lanes: readonly Lane[]): { at: number; y: number }[] {
  const starts = (of: (lane: Lane) => boolean, depth: number) =>
    lanes
      .filter(of)
      .flatMap(({ cells }) => cells.filter((c) => c.depth <= depth).map((c) => c.range.start as number))
  const own = (lane: Lane) => lane.name === 'plan' || lane.name === 'pins'
  const wanted = [...starts(own, 1), ...starts((lane) => !own(lane), 0), ...scale.stops.map(({ at }) => at)]
  const chosen: { at: number; y: number }[] = []
  const rows = new Map<number, number[]>()
  for (const at of new Set(wanted)) {
    const y = positionOf(scale, at)
    const row = Math.floor(y / APART)
    const near = [row - 1, row, row + 1].flatMap((r) => rows.get(r) ?? [])
    if (near.some((other) => Math.abs(other - y) < APART)) continue
    rows.set(row, [...(rows.get(row) ?? []), y])
    chosen.push({ at, y })
  }
  return chosen.sort((a, b) => a.at - b.at)
}
