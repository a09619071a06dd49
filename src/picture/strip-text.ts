import { hex, type Purpose, type SegmentKind } from '../planner/index.ts'
import { sizeText } from '../planner/memory/diff-text.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { ALARM, BOLD, FAINT, flowOf, LEAST_COLUMNS, lineOf, linesOf, SGR, type Span } from './ansi.ts'
import { presentClasses } from './cell.ts'
import { legendEntries } from './legend-text.ts'
import { rangeFacts, type FactRange } from './map-facts.ts'
import type { TextOptions } from './map-text.ts'
import { LOOKS } from './looks.ts'
import { rowsOf } from './rows.ts'
import type { StripPicture } from './strip.ts'

/** A column a boot and a line a stretch; of many boots as many of the newest as there are columns for. */
export function stripText(picture: StripPicture, options: TextOptions): string {
  const columns = Math.max(LEAST_COLUMNS, options.columns)
  const { colour } = options
  const line = (spans: readonly Span[]) => lineOf(spans, columns, colour)
  const { title, sentence, boots, ground, pinCells, pins } = picture
  const shown = boots.slice(-Math.max(1, columns - TAKEN))
  const lanes = [...shown.map(({ cells }) => cells), ground, pinCells].map((cells) => ({
    name: 'usable' as const,
    cells: cells.filter(({ range: r }) => options.every === true || sizeOf(r) >= SMALLEST),
  }))
  const rows = rowsOf(lanes)
  const pad = rows.reduce((most, row) => Math.max(most, hex(row.at).length), 0)
  const lost = pins.some(({ freeIn }) => freeIn < boots.length)
  return [
    ...(title ? [line([{ text: title, sgr: BOLD }])] : []),
    ...linesOf(sentence, columns, lost ? ALARM : null, colour),
    '',
    ...rows.map(({ at, to, cells }) => {
      const all = cells.at(-2)
      const pin = cells.at(-1)
      const words = [
        ...(all?.class === 'unsteady' ? [{ text: all.label, sgr: SGR.unsteady }] : []),
        ...(pin ? [{ text: `pin of ${pin.label}`, sgr: SGR.pin }] : []),
      ]
      return line([
        { text: `${hex(at).padStart(pad)}${sizeText(to - at).padStart(11)}  ` },
        ...cells
          .slice(0, -2)
          .map((cell): Span =>
            cell ? { text: LOOKS[cell.class].letter, sgr: SGR[cell.class] } : { text: ' ' },
          ),
        { text: '  ' },
        ...words.flatMap((word, i) => (i > 0 ? [{ text: ', ' }, word] : [word])),
      ])
    }),
    '',
    ...shown.map(({ name, release, sameHardware }, i) =>
      line([
        { text: `${i + 1}  ${name}, ${release}${sameHardware ? '' : ', another firmware map'}`, sgr: FAINT },
      ]),
    ),
    ...flowOf(legendEntries(presentClasses(lanes)), columns, colour),
    '',
  ].join('\n')
}

/** Address, size, and some words behind. */
const TAKEN = 48
/** What is smaller is not shown as a line of its own. Units: bytes. */
const SMALLEST = 4096

export interface StripFacts {
  readonly title: string
  readonly sentence: string
  readonly boots: readonly {
    readonly name: string
    readonly boot_id: string | null
    readonly release: string
    readonly same_hardware: boolean
  }[]
  readonly steady: readonly (FactRange & { readonly size: number })[]
  readonly unsteady: readonly (FactRange & { readonly size: number; readonly free_in: number })[]
  readonly pins: readonly {
    readonly purpose: Purpose
    readonly kind: SegmentKind
    readonly mem: string
    readonly room: number
    readonly free_in: number
  }[]
}

/** Wire form: addresses are lowercase hex, sizes are integers of bytes. */
export function stripFacts({ title, sentence, boots, ground, unsteady, pins }: StripPicture): StripFacts {
  return {
    title,
    sentence,
    boots: boots.map(({ name, bootId, release, sameHardware }) => ({
      name,
      boot_id: bootId,
      release,
      same_hardware: sameHardware,
    })),
    steady: ground
      .filter((cell) => cell.class === 'free')
      .map(({ range: r }) => ({ ...rangeFacts(r), size: sizeOf(r) })),
    unsteady: unsteady.map(({ range: r, freeIn }) => ({
      ...rangeFacts(r),
      size: sizeOf(r),
      free_in: freeIn,
    })),
    pins: pins.map(({ pin: { purpose, kind, mem, room }, freeIn }) => ({
      purpose,
      kind,
      mem,
      room,
      free_in: freeIn,
    })),
  }
}
