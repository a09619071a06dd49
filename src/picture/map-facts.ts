import { hex, type ArchName, type Range, type SegmentKind } from '../planner/index.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { presentClasses, type Badge, type Cell, type LaneName } from './cell.ts'
import { CLASS_WORDS, type MemoryClass } from './classes.ts'
import type { MapPicture } from './map-picture.ts'

/** Wire form: addresses are lowercase hex, sizes are integers of bytes. */
export interface FactRange {
  readonly start: string
  readonly last: string
}

export interface FactCell {
  readonly range: FactRange
  readonly size: number
  readonly class: MemoryClass
  readonly label: string
  readonly depth: number
  readonly badge?: Badge
  readonly align?: number
  readonly because?: string
  readonly number?: number
}

/** What a picture shows, for programs: every line of every source, where the picture puts neighbours together. */
export interface MapFacts {
  readonly title: string
  readonly arch: ArchName
  readonly release: string
  readonly boot_id: string | null
  readonly page_size: number
  readonly sentence: string
  readonly lanes: readonly { readonly name: LaneName; readonly cells: readonly FactCell[] }[]
  readonly marks: readonly { readonly at: string; readonly label: string }[]
  readonly wanted: {
    readonly kind: SegmentKind
    readonly memsz: number
    readonly align: number
    readonly min: string
    readonly max: string | null
    readonly top_down: boolean
  } | null
  readonly refused: readonly {
    readonly number: number
    readonly range: FactRange
    readonly size: number
    readonly code: string
    readonly sentence: string
    readonly short: number | null
    readonly by: { readonly range: FactRange; readonly what: string } | null
    readonly between: { readonly below: string; readonly above: string } | null
  }[]
  readonly changes: readonly string[]
  readonly legend: readonly { readonly class: MemoryClass; readonly words: string }[]
}

export function mapFacts(picture: MapPicture): MapFacts {
  const { title, arch, release, bootId, pageSize, sentence, lanes, marks, wanted, refused, changes } = picture
  return {
    title,
    arch,
    release,
    boot_id: bootId,
    page_size: pageSize,
    sentence,
    lanes: lanes.map(({ name, cells }) => ({ name, cells: cells.map(cellFacts) })),
    marks: marks.map(({ at, label }) => ({ at: hex(at), label })),
    wanted: wanted && {
      kind: wanted.kind,
      memsz: wanted.memsz,
      align: wanted.align,
      min: hex(wanted.min),
      max: wanted.max === null ? null : hex(wanted.max),
      top_down: wanted.topDown,
    },
    refused: refused.map(({ number, range, code, short, by, between, sentence }) => ({
      number,
      range: rangeFacts(range),
      size: sizeOf(range),
      code,
      sentence,
      short,
      by: by && { range: rangeFacts(by.range), what: by.what },
      between,
    })),
    changes,
    legend: presentClasses(lanes).map((name) => ({ class: name, words: CLASS_WORDS[name] })),
  }
}

export function rangeFacts({ start, last }: Range): FactRange {
  return { start: hex(start), last: hex(last) }
}

function cellFacts({ range, class: of, label, depth, badge, align, because, number }: Cell): FactCell {
  return {
    range: rangeFacts(range),
    size: sizeOf(range),
    class: of,
    label,
    depth,
    ...(badge === undefined ? {} : { badge }),
    ...(align === undefined ? {} : { align }),
    ...(because === undefined ? {} : { because }),
    ...(number === undefined ? {} : { number }),
  }
}
