import { hex } from '../bytes/phys-addr.ts'
import { sizeOf, type Range } from '../bytes/range.ts'
import { LANES, type BootDiff, type MapChange, type MapLine, type WordChange } from './diff-boots.ts'

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const UNIT = 1024

/** A diff as text: a sentence, what changed in words, then a line a change, in columns. */
export function diffText(diff: BootDiff): string {
  const { release, cmdline, bootId, gained, lost, changes } = diff
  const told = [
    ...wordLines('boot', bootId),
    ...wordLines('release', release),
    ...wordLines('cmdline', cmdline),
  ]
  const rows = [
    ...changes.map(changeRow),
    ...gained.map((r) => ['bookable', 'gained', span(r), sizeText(sizeOf(r))]),
    ...lost.map((r) => ['bookable', 'lost', span(r), sizeText(sizeOf(r))]),
  ]
  const parts = [[diffSentence(diff)], told, inColumns(rows)].filter((part) => part.length > 0)
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

/** What a person wants to know first. */
export function diffSentence({ changes, hardwareChanged, gained, lost }: BootDiff): string {
  const free = `${sizeText(total(gained))} more and ${sizeText(total(lost))} less may be booked`
  if (changes.length === 0) {
    const same = gained.length + lost.length === 0
    return same ? 'Both boots show the same memory.' : `Both boots list the same memory, but ${free}.`
  }
  const counts = LANES.flatMap((lane) => {
    const n = changes.filter((c) => c.lane === lane).length
    return n > 0 ? [`${n} in ${lane}`] : []
  })
  const firmware = hardwareChanged ? 'Firmware tells another map' : "Firmware's map is the same"
  return `${firmware}; ${changes.length === 1 ? '1 change' : `${changes.length} changes`}: ${counts.join(', ')}; ${free}.`
}

/** Bytes in the largest unit that leaves at least one, to a tenth. */
export function sizeText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= UNIT && unit < UNITS.length - 1) {
    value /= UNIT
    unit++
  }
  return `${Math.round(value * 10) / 10} ${UNITS[unit]}`
}

function wordLines(what: string, change: WordChange | null): string[] {
  return change ? [`${what} before: ${change.before ?? '-'}`, `${what} after:  ${change.after ?? '-'}`] : []
}

function changeRow({ lane, change, before, after }: MapChange): string[] {
  const both = (of: (line: MapLine) => string) =>
    [...new Set([before, after].flatMap((line) => (line ? [of(line)] : [])))].join(' -> ')
  return [
    lane,
    change,
    both((l) => span(l.range)),
    both((l) => sizeText(sizeOf(l.range))),
    both((l) => l.name),
  ]
}

function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)))
  }
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function span(r: Range): string {
  return `${hex(r.start)}-${hex(r.last)}`
}

function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, r) => sum + sizeOf(r), 0)
}
