import type { MapPicture } from '../picture/map-picture.ts'
import { physAddr } from '../planner/bytes/phys-addr.ts'
import { range, type Range } from '../planner/bytes/range.ts'
import type { MapFacts } from '../wire/map.ts'

/** The picture that the service has told the facts of; `failed`: of something that has no place. */
export function factsPicture(facts: MapFacts, failed: boolean): MapPicture {
  const { boot_id, page_size, lanes, marks, wanted, refused } = facts
  const limits = wanted && [Number(wanted.min), wanted.max === null ? null : Number(wanted.max) + 1]
  return {
    title: facts.title,
    arch: facts.arch,
    release: facts.release,
    bootId: boot_id,
    pageSize: page_size,
    sentence: facts.sentence,
    failed,
    lanes: lanes.map(({ name, cells }) => ({
      name,
      cells: cells.map(({ size: _, ...cell }) => ({ ...cell, range: rangeIn(cell.range) })),
    })) as MapPicture['lanes'],
    marks: marks.map(({ at, label }) => ({
      at: physAddr(Number(at)),
      label,
      ...(limits?.includes(Number(at)) && { limit: true as const }),
    })),
    wanted: wanted && {
      kind: wanted.kind,
      memsz: wanted.memsz,
      align: wanted.align,
      min: Number(wanted.min),
      max: wanted.max === null ? null : Number(wanted.max),
      topDown: wanted.top_down,
    },
    refused: refused.map(({ size: _, by, ...hole }) => ({
      ...hole,
      range: rangeIn(hole.range),
      by: by && { range: rangeIn(by.range), what: by.what },
    })) as MapPicture['refused'],
    changes: facts.changes,
  }
}

function rangeIn({ start, last }: MapFacts['refused'][number]['range']): Range {
  return range(Number(start), Number(last))
}
