import {
  bookable,
  hex,
  memoryMap,
  type MemoryMap,
  type Pin,
  type Range,
  type Snapshot,
} from '../planner/index.ts'
import { contains, merged, range, rangeOfSize, sizeOf, subtract } from '../planner/bytes/range.ts'
import { hardwareText } from '../planner/memory/hardware-text.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import type { Cell } from './cell.ts'
import type { MemoryClass } from './classes.ts'
import { pinCells, sourceLanes } from './lanes.ts'
import { rowsOf, type Row } from './rows.ts'

export interface StripSubject {
  /** Oldest first. */
  readonly boots: readonly { readonly name: string; readonly snapshot: Snapshot }[]
  readonly title?: string
  readonly pins?: readonly Pin[]
}

export interface StripBoot {
  readonly name: string
  readonly bootId: string | null
  readonly release: string
  /** Whether firmware tells the same map as in the newest boot. */
  readonly sameHardware: boolean
  /** What is there, at each byte one class; ascending. */
  readonly cells: readonly Cell[]
}

export interface StripPin {
  readonly pin: Pin
  readonly range: Range
  /** In how many boots all of it was free. */
  readonly freeIn: number
}

/** The boots of one host side by side: what is the same in all, and what is not. */
export interface StripPicture {
  readonly title: string
  readonly sentence: string
  readonly boots: readonly StripBoot[]
  /** Free in every boot (`free`), or in some (`unsteady`, with how many). */
  readonly ground: readonly Cell[]
  readonly unsteady: readonly { readonly range: Range; readonly freeIn: number }[]
  readonly pins: readonly StripPin[]
  readonly pinCells: readonly Cell[]
}

export function stripPicture({ boots, title = '', pins = [] }: StripSubject): StripPicture {
  const maps = boots.map(({ snapshot }) => memoryMap(snapshot))
  const free = maps.map((map) => bookable(map, 'strict'))
  const newest = boots.at(-1)
  const hardware = newest ? hardwareText(newest.snapshot) : ''
  const counted = countedGround(free)
  const steady = merged(counted.filter(({ freeIn }) => freeIn === boots.length).map((c) => c.range))
  const unsteady = counted.filter(({ freeIn }) => freeIn < boots.length)
  const placed = pins.map((pin): StripPin => {
    const place = rangeOfSize(Number(pin.mem), pin.room)
    return { pin, range: place, freeIn: free.filter((ground) => isWithin(ground, place)).length }
  })
  return {
    title,
    sentence: sentenceOf(boots.length, steady, unsteady, placed),
    boots: boots.map(({ name, snapshot }, i) => ({
      name,
      bootId: snapshot.bootId,
      release: snapshot.release.text,
      sameHardware: hardwareText(snapshot) === hardware,
      cells: flatCells(rowsOf(sourceLanes(snapshot, maps[i] as MemoryMap, []))),
    })),
    ground: [
      ...steady.map((r) => groundCell(r, 'free', 'free in every boot')),
      ...unsteady.map(({ range: r, freeIn }) =>
        groundCell(r, 'unsteady', `free in ${freeIn} of ${boots.length}`),
      ),
    ].sort((a, b) => a.range.start - b.range.start),
    unsteady,
    pins: placed,
    pinCells: pinCells(pins, [], null),
  }
}

/** What says most about a byte, from most to least; devices are no memory. */
const TELLING: readonly MemoryClass[] = [
  'hazard',
  'unmapped',
  'acpi-tables',
  'acpi-nvs',
  'uefi',
  'persistent',
  'running-kernel',
  'crash-kernel',
  'scratch',
  'reserved',
  'free',
  'ram',
]

function flatCells(rows: readonly Row[]): Cell[] {
  const out: Cell[] = []
  for (const { at, to, cells } of rows) {
    const here = cells.filter((cell): cell is Cell => cell !== null && cell.class !== 'device')
    const told = TELLING.map((name) => here.find((cell) => cell.class === name)).find((cell) => cell)
    if (!told) continue
    const before = out.at(-1)
    if (before && before.class === told.class && before.range.last + 1 === at)
      out[out.length - 1] = { ...before, range: range(before.range.start, to - 1) }
    else out.push({ range: range(at, to - 1), class: told.class, label: told.label, depth: 0 })
  }
  return out
}

/** In how many of the boots each part is free; what is free in none is left out. Neighbours with one count are one. */
function countedGround(free: readonly (readonly Range[])[]): { range: Range; freeIn: number }[] {
  const steps = new Map<number, number>()
  for (const { start, last } of free.flat()) {
    steps.set(start, (steps.get(start) ?? 0) + 1)
    steps.set(last + 1, (steps.get(last + 1) ?? 0) - 1)
  }
  const out: { range: Range; freeIn: number }[] = []
  let from = 0
  let freeIn = 0
  for (const [at, step] of [...steps].sort(([a], [b]) => a - b)) {
    if (step === 0) continue
    if (freeIn > 0) out.push({ range: range(from, at - 1), freeIn })
    from = at
    freeIn += step
  }
  return out
}

function isWithin(ground: readonly Range[], place: Range): boolean {
  return ground.some((r) => contains(r, place)) || subtract([place], ground).length === 0
}

function groundCell(r: Range, name: MemoryClass, label: string): Cell {
  return { range: r, class: name, label, depth: 0 }
}

function sentenceOf(
  n: number,
  steady: readonly Range[],
  unsteady: StripPicture['unsteady'],
  pins: readonly StripPin[],
): string {
  const total = (ranges: readonly Range[]) => sizeText(ranges.reduce((sum, r) => sum + sizeOf(r), 0))
  const moving = total(unsteady.map(({ range: r }) => r))
  const lost = pins.filter(({ freeIn }) => freeIn < n)
  const held = pins.length === 0 ? '' : lost.length === 0 ? ' Every pin was free in all of them.' : ''
  const broken = lost.map(({ pin, freeIn }) => ` ${pin.kind} at ${hex(Number(pin.mem))}: free in ${freeIn}.`)
  return `${n === 1 ? '1 boot' : `${n} boots`}: ${total(steady)} free in every one, ${moving} only in some.${held}${broken.join('')}`
}
