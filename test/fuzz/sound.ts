import { sizeOf, type Range } from '../../src/planner/index.ts'
import type { BadInput } from '../../src/planner/read/bad-input.ts'
import type { IomemEntry } from '../../src/planner/read/iomem.ts'

/** What is wrong with an answer, as a sentence; null where nothing is. */
export type Verdict = string | null

/** The depths at which kernels stop to indent: what is nested deeper follows there as a sibling. */
const DEEPEST = [5, 8]
const MAX_FOUND = 80

/** A refusal must lead a person to the place: a code, the file, a line and a column that exist. */
export function refusalIn(bad: BadInput, input: string | Uint8Array, file: string): Verdict {
  if (!bad.code || bad.file !== file) return `refusal of ${bad.file} with code ${bad.code}`
  if (bad.expected === '') return 'expects nothing'
  if (bad.found.length > MAX_FOUND) return `quotes ${bad.found.length} characters`
  if (typeof input !== 'string') {
    if (bad.line !== null) return 'a line in a blob'
    return bad.column !== null && bad.column >= 0 && bad.column <= input.length
      ? null
      : `offset ${bad.column} of ${input.length}`
  }
  if (bad.line === null) return bad.column === null ? null : 'a column without a line'
  const line = input.split('\n')[bad.line - 1]
  if (line === undefined) return `line ${bad.line} is behind the end`
  const column = bad.column ?? 0
  return column >= 1 && column <= line.length + 1 ? null : `column ${column} of ${line.length}`
}

export function soundRange(r: Range): Verdict {
  if (!Number.isSafeInteger(r.start) || !Number.isSafeInteger(r.last))
    return `no integers: ${r.start}, ${r.last}`
  return r.start < 0 || r.last < r.start ? `empty or negative: ${r.start}, ${r.last}` : null
}

/** Ascending, and no byte in two of them. */
export function soundList(ranges: readonly Range[]): Verdict {
  for (const [i, r] of ranges.entries()) {
    const before = ranges[i - 1]
    const wrong = soundRange(r)
    if (wrong) return wrong
    if (before && r.start <= before.last) return `entry ${i} starts at ${r.start}, not above ${before.last}`
  }
  return null
}

/** Children in their parents, siblings apart and ascending, but for what kernels no longer indent. */
export function soundTree(entries: readonly IomemEntry[], parent: Range | null = null, depth = 0): Verdict {
  let open: Range | null = null
  for (const { range, name, children } of entries) {
    const wrong = soundRange(range)
    if (wrong) return wrong
    if (parent && (range.start < parent.start || range.last > parent.last)) return `${name} leaves its parent`
    const under: boolean = open !== null && range.start <= open.last
    if (under && !(DEEPEST.includes(depth) && open && range.start >= open.start && range.last <= open.last))
      return `${name} starts in the line before it`
    if (!under) open = range
    const below = soundTree(children, range, depth + 1)
    if (below) return below
  }
  return null
}

export function soundSize(n: number | null): Verdict {
  return n === null || (Number.isSafeInteger(n) && n > 0) ? null : `no size: ${n}`
}

export function firstWrong(verdicts: Iterable<Verdict>): Verdict {
  for (const verdict of verdicts) if (verdict) return verdict
  return null
}

/** Sizes add up without loss. */
export function totalOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, r) => sum + sizeOf(r), 0)
}
