import type { PhysAddr } from '../bytes/phys-addr.ts'
import { hex } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { decimalValue, hexValue, matching, skipDecimal, skipHex, skipSpaces } from './digits.ts'
import { MAX_ROWS, refusal, refusedLine, type Line } from './lines.ts'

/** One line of debugfs memblock. */
export interface MemblockRegion {
  readonly range: Range
  /** null where the column says `x` or the layout (before 6.5) has none. */
  readonly node: number | null
  /** null where the layout has no flags column; `[]` for NONE. */
  readonly flags: readonly string[] | null
}

/** Every flag that a kernel has printed; one that is not here could make memory unusable without our knowing. */
const FLAGS: ReadonlySet<string> = new Set([
  'HOTPLUG',
  'MIRROR',
  'NOMAP',
  'DRV_MNG',
  'RSV_NIT',
  'RSRV_NOINIT',
  'RSV_KERN',
  'RSRV_KERN',
  'KHO_SCRATCH',
  'UNKNOWN',
])
const NONE = 'NONE'
/** The kernel pads addresses of 64 bits; fewer digits mean that some were lost. */
const ADDRESS_DIGITS = 16

/**
 * Reads debugfs memblock/memory or memblock/reserved, in either layout.
 *
 * Units: bytes; the file prints last bytes, included. One layout a file: with node and flags (6.5 and
 * later) or without. Only the list of reserved regions may be empty.
 * Errors: `bad-line`, `unknown-column`, `unknown-flag`, `bad-range`, `beyond-2-53`, `not-ascending`,
 * `overlapping`, `bad-value` for an index that does not count up, `truncated-line`, and those of any text.
 * Source: Linux mm/memblock.c, the debugfs files.
 */
export function readMemblock(
  text: string,
  file: 'memblock-memory' | 'memblock-reserved',
): Result<readonly MemblockRegion[], BadInput> {
  if (text === '' && file === 'memblock-reserved') return ok([])
  const regions: MemblockRegion[] = []
  const bad = refusedLine(text, file, (line) => readRegion(line, regions), MAX_ROWS)
  return bad ? err(bad) : ok(regions)
}

/** The text that the kernel prints for these regions, in the layout from which they were read. */
export function renderMemblock(regions: readonly MemblockRegion[]): string {
  return regions
    .map(({ range, node, flags }, index) => {
      const line = `${String(index).padStart(4)}: ${address(range.start)}..${address(range.last)}`
      if (flags === null) return `${line}\n`
      return `${line} ${String(node ?? 'x').padStart(4)} ${flags.length > 0 ? flags.join('|') : NONE}\n`
    })
    .join('')
}

function address(n: number): string {
  return `0x${n.toString(16).padStart(16, '0')}`
}

function readRegion(line: Line, regions: MemblockRegion[]): BadInput | null {
  const { text, from, to } = line
  const indexAt = skipSpaces(text, from, to)
  const colonAt = skipDecimal(text, indexAt, to)
  if (colonAt === indexAt) return refusal(line, colonAt, 'bad-line', 'an index')
  const opened = matching(text, colonAt, to, ': 0x')
  if (opened < 4) return refusal(line, colonAt + opened, 'bad-line', '": 0x" and the first byte')
  const startAt = colonAt + 4
  const dotsAt = skipHex(text, startAt, to)
  if (dotsAt === startAt) return refusal(line, dotsAt, 'bad-line', 'a first byte in lowercase hex')
  const joined = matching(text, dotsAt, to, '..0x')
  if (joined < 4) return refusal(line, dotsAt + joined, 'bad-line', '"..0x" and the last byte')
  const lastAt = dotsAt + 4
  const columnsAt = skipHex(text, lastAt, to)
  if (columnsAt === lastAt) return refusal(line, lastAt, 'bad-line', 'a last byte in lowercase hex')
  if (columnsAt === to && !line.whole && to - lastAt < dotsAt - startAt)
    return refusal(line, to, 'truncated-line', 'as many digits as the first byte has')

  if (decimalValue(text, indexAt, colonAt) !== regions.length)
    return refusal(line, indexAt, 'bad-value', `index ${regions.length}`)
  const columns = readColumns(line, columnsAt, regions[0])
  if ('code' in columns) return columns
  if (dotsAt - startAt !== ADDRESS_DIGITS) return refusal(line, startAt, 'bad-line', paddedAddress())
  if (columnsAt - lastAt !== ADDRESS_DIGITS) return refusal(line, lastAt, 'bad-line', paddedAddress())

  const start = hexValue(text, startAt, dotsAt)
  const last = hexValue(text, lastAt, columnsAt)
  if (start === Infinity) return refusal(line, startAt, 'beyond-2-53', 'an address below 2^53')
  if (last === Infinity) return refusal(line, lastAt, 'beyond-2-53', 'an address below 2^53')
  if (last < start) return refusal(line, lastAt, 'bad-range', 'a last byte that is not below the first')
  const before = regions.at(-1)
  if (before && start <= before.range.last) {
    const code = last >= before.range.start ? 'overlapping' : 'not-ascending'
    return refusal(line, startAt, code, `a range above ${hex(before.range.last)}`)
  }
  regions.push({ range: { start: start as PhysAddr, last: last as PhysAddr }, ...columns })
  return null
}

/** What follows the range: nothing, or node and flags; `first` tells which of the two this file has. */
function readColumns(
  line: Line,
  at: number,
  first: MemblockRegion | undefined,
): Pick<MemblockRegion, 'node' | 'flags'> | BadInput {
  const { text, to } = line
  if (at === to) {
    if (first && first.flags !== null) return refusal(line, to, 'bad-line', 'node and flags, as on line 1')
    return { node: null, flags: null }
  }
  if (first && first.flags === null)
    return refusal(line, at, 'unknown-column', 'nothing after the range, as on line 1')

  const nodeAt = skipSpaces(text, at, to)
  if (nodeAt === at) return refusal(line, at, 'bad-line', 'a space after the range')
  const digitsTo = skipDecimal(text, nodeAt, to)
  const nodeTo = digitsTo + matching(text, digitsTo, to, digitsTo === nodeAt ? 'x' : '')
  if (nodeTo === nodeAt)
    return refusal(line, nodeAt, nodeAt === to ? 'bad-line' : 'unknown-column', 'a node number or "x"')
  const node = digitsTo === nodeAt ? null : decimalValue(text, nodeAt, nodeTo)
  if (node === Infinity) return refusal(line, nodeAt, 'bad-value', 'a node number')

  const flagsAt = skipSpaces(text, nodeTo, to)
  if (flagsAt === to) return refusal(line, to, 'bad-line', 'flags')
  if (flagsAt === nodeTo) return refusal(line, nodeTo, 'unknown-column', 'a space, then flags')
  return readFlags(line, flagsAt, node)
}

function readFlags(
  line: Line,
  at: number,
  node: number | null,
): Pick<MemblockRegion, 'node' | 'flags'> | BadInput {
  const { text, to } = line
  const space = text.indexOf(' ', at)
  if (space >= 0 && space < to) return refusal(line, space, 'unknown-column', 'nothing after the flags')
  const word = text.slice(at, to)
  if (word === NONE) return { node, flags: [] }

  const flags = word.split('|')
  let flagAt = at
  for (const flag of flags) {
    const cut = !line.whole && flagAt + flag.length === to
    if (!FLAGS.has(flag)) return refusal(line, cut ? to : flagAt, 'unknown-flag', flagNames())
    flagAt += flag.length + 1
  }
  return { node, flags }
}

function paddedAddress(): string {
  return `an address of ${ADDRESS_DIGITS} digits, as the kernel prints them`
}

function flagNames(): string {
  return `NONE or ${[...FLAGS].join('|')}`
}
