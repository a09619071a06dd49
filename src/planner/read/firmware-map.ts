import { hex, type PhysAddr } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { decimalValue, hexValue, matching, skipDecimal, skipHex } from './digits.ts'
import { MAX_ROWS, refusal, refusedLine, type Line } from './lines.ts'

/** One entry of /sys/firmware/memmap, ascending by first byte. */
export interface FirmwareEntry {
  readonly range: Range
  readonly type: string
}

interface Found {
  readonly entry: FirmwareEntry
  readonly line: Line
  readonly at: number
}

/**
 * Reads the lines `N 0xSTART 0xLAST TYPE` that a capture makes of /sys/firmware/memmap.
 *
 * Units: bytes; last bytes are included. Lines may stand in any order of their numbers (a folder listing
 * sorts 10 before 2, and hot-removed memory leaves gaps); the result ascends by address.
 * Errors: `bad-line`, `bad-value` for a number that stands twice, `bad-range`, `beyond-2-53`,
 * `overlapping`, `truncated-line`, and those of any text.
 * Source: Linux drivers/firmware/memmap.c.
 */
export function readFirmwareMap(text: string): Result<readonly FirmwareEntry[], BadInput> {
  const found: Found[] = []
  const numbers = new Set<number>()
  const bad = refusedLine(text, 'firmware-memmap', (line) => readEntry(line, found, numbers), MAX_ROWS)
  if (bad) return err(bad)

  found.sort((a, b) => a.entry.range.start - b.entry.range.start || a.line.number - b.line.number)
  for (let i = 1; i < found.length; i++) {
    const { entry, line, at } = found[i] as Found
    const before = (found[i - 1] as Found).entry.range
    if (entry.range.start <= before.last)
      return err(
        refusal(line, at, 'overlapping', `a range clear of ${hex(before.start)}-${hex(before.last)}`),
      )
  }
  return ok(found.map(({ entry }) => entry))
}

/** The text that a capture would hold for these entries, numbered as they stand. */
export function renderFirmwareMap(entries: readonly FirmwareEntry[]): string {
  return entries
    .map(({ range, type }, index) => `${index} ${hex(range.start)} ${hex(range.last)} ${type}\n`)
    .join('')
}

function readEntry(line: Line, found: Found[], numbers: Set<number>): BadInput | null {
  const { text, from, to } = line
  const startMark = skipDecimal(text, from, to)
  if (startMark === from) return refusal(line, from, 'bad-line', 'the number of the entry')
  const opened = matching(text, startMark, to, ' 0x')
  if (opened < 3) return refusal(line, startMark + opened, 'bad-line', '" 0x" and the first byte')
  const startAt = startMark + 3
  const lastMark = skipHex(text, startAt, to)
  if (lastMark === startAt) return refusal(line, startAt, 'bad-line', 'a first byte in lowercase hex')
  const joined = matching(text, lastMark, to, ' 0x')
  if (joined < 3) return refusal(line, lastMark + joined, 'bad-line', '" 0x" and the last byte')
  const lastAt = lastMark + 3
  const typeMark = skipHex(text, lastAt, to)
  if (typeMark === lastAt) return refusal(line, lastAt, 'bad-line', 'a last byte in lowercase hex')
  if (matching(text, typeMark, to, ' ') < 1 || typeMark + 1 === to)
    return refusal(
      line,
      Math.min(to, typeMark + matching(text, typeMark, to, ' ')),
      'bad-line',
      'a space and a type',
    )

  const number = decimalValue(text, from, startMark)
  if (numbers.has(number) || number === Infinity)
    return refusal(line, from, 'bad-value', 'a number that no other entry has')
  const start = hexValue(text, startAt, lastMark)
  const last = hexValue(text, lastAt, typeMark)
  if (start === Infinity) return refusal(line, startAt, 'beyond-2-53', 'an address below 2^53')
  if (last === Infinity) return refusal(line, lastAt, 'beyond-2-53', 'an address below 2^53')
  if (last < start) return refusal(line, lastAt, 'bad-range', 'a last byte that is not below the first')

  numbers.add(number)
  const range: Range = { start: start as PhysAddr, last: last as PhysAddr }
  found.push({ entry: { range, type: text.slice(typeMark + 1, to) }, line, at: startAt })
  return null
}
