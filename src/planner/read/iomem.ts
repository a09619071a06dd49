import { overlaps, type Range } from '../bytes/range.ts'
import type { PhysAddr } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { hexValue, matching, skipHex, skipSpaces } from './digits.ts'
import { MAX_ROWS, refusal, refusedLine, type Line } from './lines.ts'

/** One line of /proc/iomem with the lines nested under it. */
export interface IomemEntry {
  readonly range: Range
  readonly name: string
  readonly children: readonly IomemEntry[]
}

/** The depths at which kernels stop to indent (5, in newer ones 8): what is nested deeper stands there too. */
const DEEPEST = [5, 8]
const MAX_DEPTH = 8
const INDENT = 2
/** The kernel pads addresses to this many digits, and larger ones not at all: else a digit was lost. */
const LEAST_DIGITS = 8
/** What each line holds when the reader may not see addresses. */
const MASKED = '00000000-00000000 : '

interface OpenEntry extends IomemEntry {
  readonly children: OpenEntry[]
}

/**
 * Reads /proc/iomem into its tree.
 *
 * Units: bytes; last bytes are included. Each child lies in its parent, siblings ascend and stay apart.
 * Errors: `masked-addresses` when every address is zero, else a place: `bad-line`, `bad-range`,
 * `beyond-2-53`, `bad-nesting`, `not-ascending`, `overlapping`, `truncated-line`, and those of any text.
 * Source: Linux kernel/resource.c, the printing of one resource.
 */
export function readIomem(text: string): Result<readonly IomemEntry[], BadInput> {
  const roots: OpenEntry[] = []
  const path: OpenEntry[] = []
  if (isMasked(text)) return err(maskedAddresses())
  const bad = refusedLine(text, 'iomem', (line) => readEntry(line, roots, path), MAX_ROWS)
  return bad ? err(bad) : ok(roots)
}

/** The text that the kernel prints for this tree. */
export function renderIomem(entries: readonly IomemEntry[]): string {
  const lines: string[] = []
  renderInto(lines, entries, '')
  return lines.join('')
}

function renderInto(lines: string[], entries: readonly IomemEntry[], indent: string): void {
  for (const { range, name, children } of entries) {
    lines.push(`${indent}${address(range.start)}-${address(range.last)} : ${name}\n`)
    renderInto(lines, children, `${indent}  `)
  }
}

function address(n: number): string {
  return n.toString(16).padStart(8, '0')
}

function readEntry(line: Line, roots: OpenEntry[], path: OpenEntry[]): BadInput | null {
  const { text, from, to } = line
  const startAt = skipSpaces(text, from, to)
  const dashAt = skipHex(text, startAt, to)
  if (dashAt === startAt) return refusal(line, startAt, 'bad-line', 'a first byte in lowercase hex')
  if (matching(text, dashAt, to, '-') < 1) return refusal(line, dashAt, 'bad-line', 'lowercase hex, then "-"')
  const colonAt = skipHex(text, dashAt + 1, to)
  if (colonAt === dashAt + 1) return refusal(line, colonAt, 'bad-line', 'a last byte in lowercase hex')
  const matched = matching(text, colonAt, to, ' : ')
  if (matched < 3) return refusal(line, colonAt + matched, 'bad-line', 'lowercase hex, then " : " and a name')
  if (colonAt + 3 === to && !line.whole) return refusal(line, to, 'bad-line', 'a name')

  if (!isPadded(text, startAt, dashAt)) return refusal(line, startAt, 'bad-line', paddedAddress())
  if (!isPadded(text, dashAt + 1, colonAt)) return refusal(line, dashAt + 1, 'bad-line', paddedAddress())
  const start = hexValue(text, startAt, dashAt)
  const last = hexValue(text, dashAt + 1, colonAt)
  if (start === Infinity) return refusal(line, startAt, 'beyond-2-53', 'an address below 2^53')
  if (last === Infinity) return refusal(line, dashAt + 1, 'beyond-2-53', 'an address below 2^53')
  if (last < start) return refusal(line, dashAt + 1, 'bad-range', 'a last byte that is not below the first')

  const range: Range = { start: start as PhysAddr, last: last as PhysAddr }
  return hang(line, startAt, { range, name: text.slice(colonAt + 3, to), children: [] }, roots, path)
}

function isPadded(text: string, at: number, to: number): boolean {
  return to - at === LEAST_DIGITS || (to - at > LEAST_DIGITS && text[at] !== '0')
}

function paddedAddress(): string {
  return `${LEAST_DIGITS} hex digits, or more without a leading zero`
}

/** Hangs an entry into the tree; `path` holds the newest entry of each depth. */
function hang(
  line: Line,
  at: number,
  entry: OpenEntry,
  roots: OpenEntry[],
  path: OpenEntry[],
): BadInput | null {
  const depth = (at - line.from) / INDENT
  if (depth > path.length || depth > MAX_DEPTH || !Number.isInteger(depth))
    return refusal(
      line,
      at,
      'bad-nesting',
      `two spaces a level, at most ${Math.min(path.length, MAX_DEPTH)} levels`,
    )

  const parent = depth > 0 ? path[depth - 1] : undefined
  if (parent && (entry.range.start < parent.range.start || entry.range.last > parent.range.last))
    return refusal(line, at, 'bad-nesting', `a range inside ${parent.name}, ${span(parent.range)}`)

  const before = path[depth]
  if (before && entry.range.start <= before.range.last) {
    const inside = entry.range.start >= before.range.start && entry.range.last <= before.range.last
    if (!inside || !DEEPEST.includes(depth)) return disorder(line, at, entry.range, before.range)
  } else {
    path[depth] = entry
    if (path.length > depth + 1) path.length = depth + 1
  }
  if (parent) parent.children.push(entry)
  else roots.push(entry)
  return null
}

function disorder(line: Line, at: number, range: Range, before: Range): BadInput {
  const code = overlaps(range, before) ? 'overlapping' : 'not-ascending'
  return refusal(line, at, code, `a range above ${span(before)}`)
}

function span(range: Range): string {
  return `${address(range.start)}-${address(range.last)}`
}

function isMasked(text: string): boolean {
  for (let from = 0; from < text.length;) {
    if (!text.startsWith(MASKED, skipSpaces(text, from, text.length))) return false
    const newline = text.indexOf('\n', from)
    from = newline < 0 ? text.length : newline + 1
  }
  return text.length > 0
}

function maskedAddresses(): BadInput {
  const expected = 'addresses: the kernel shows them to root (CAP_SYS_ADMIN) alone, read the file as root'
  return { code: 'masked-addresses', file: 'iomem', line: 1, column: 1, expected, found: MASKED.trim() }
}
