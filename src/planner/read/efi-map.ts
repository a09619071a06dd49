import { hex, type PhysAddr } from '../bytes/phys-addr.ts'
import { sizeOf, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { decimalValue, hexValue, matching, skipDecimal, skipHex } from './digits.ts'
import { MAX_ROWS, refusal, refusedLine, type Line } from './lines.ts'

/** One entry of /sys/firmware/efi/runtime-map; `type` is UEFI's memory type number. */
export interface EfiRegion {
  readonly range: Range
  readonly type: number
  /** The virtual address as `0x…`: it does not fit a number. */
  readonly virt: string
  /** The 64 attribute bits as `0x…`: they do not fit a number. */
  readonly attribute: string
}

/** UEFI counts memory in pages of this size, whatever the kernel's page size. Units: bytes. */
export const EFI_PAGE = 4096
/** What stands before the digits of each field. */
const MARKS = [' type=0x', ' phys=0x', ' virt=0x', ' pages=0x', ' attr=0x'] as const
/** Characters of `0x`. */
const HEX_MARK = 2
/** Hex digits of 64 bits. */
const MAX_DIGITS = 16

interface Found {
  readonly region: EfiRegion
  readonly index: number
  readonly line: Line
}

/**
 * Reads the lines `N type=0x… phys=0x… virt=0x… pages=0x… attr=0x…` that a capture makes of
 * /sys/firmware/efi/runtime-map.
 *
 * Units: bytes; `pages` are of 4 KiB. The result stands in the order of N, which must count from 0
 * without a gap: the number of entries sizes x86_64's boot_params.
 * Errors: `bad-line`, `bad-value` (numbering, a type above 32 bits), `bad-range` for no pages,
 * `beyond-2-53`, `truncated-line`, and those of any text.
 * Source: Linux drivers/firmware/efi/runtime-map.c.
 */
export function readEfiMap(text: string): Result<readonly EfiRegion[], BadInput> {
  const found: Found[] = []
  const bad = refusedLine(text, 'efi-runtime-map', (line) => readRegion(line, found), MAX_ROWS)
  if (bad) return err(bad)

  found.sort((a, b) => a.index - b.index)
  for (const [index, { line, ...entry }] of found.entries())
    if (entry.index !== index) return err(refusal(line, line.from, 'bad-value', `entry number ${index}`))
  return ok(found.map(({ region }) => region))
}

/** The text that a capture would hold for these entries. */
export function renderEfiMap(regions: readonly EfiRegion[]): string {
  return regions
    .map(({ range, type, virt, attribute }, index) => {
      const pages = hex(sizeOf(range) / EFI_PAGE)
      return `${index} type=${hex(type)} phys=${hex(range.start)} virt=${virt} pages=${pages} attr=${attribute}\n`
    })
    .join('')
}

function readRegion(line: Line, found: Found[]): BadInput | null {
  const { text, from, to } = line
  const indexTo = skipDecimal(text, from, to)
  if (indexTo === from) return refusal(line, from, 'bad-line', 'the number of the entry')

  const at: number[] = []
  const after: number[] = []
  let next = indexTo
  for (const mark of MARKS) {
    const matched = matching(text, next, to, mark)
    if (matched < mark.length) return refusal(line, next + matched, 'bad-line', `"${mark}" and hex digits`)
    const digitsAt = next + mark.length
    next = skipHex(text, digitsAt, to)
    if (next === digitsAt) return refusal(line, digitsAt, 'bad-line', 'lowercase hex digits')
    if (next - digitsAt > MAX_DIGITS) return refusal(line, digitsAt, 'bad-value', 'at most 64 bits')
    at.push(digitsAt)
    after.push(next)
  }
  if (next < to) return refusal(line, next, 'unknown-column', 'nothing after attr')

  const [typeAt = from, physAt = from, virtAt = from, pagesAt = from, attributeAt = from] = at
  const [typeTo = from, physTo = from, virtTo = from, pagesTo = from] = after
  const type = hexValue(text, typeAt, typeTo)
  const start = hexValue(text, physAt, physTo)
  const pages = hexValue(text, pagesAt, pagesTo)
  if (type > 0xffffffff) return refusal(line, typeAt, 'bad-value', 'a memory type of 32 bits')
  if (start === Infinity) return refusal(line, physAt, 'beyond-2-53', 'an address below 2^53')
  if (pages === 0) return refusal(line, pagesAt, 'bad-range', 'at least one page')
  const last = start + pages * EFI_PAGE - 1
  if (!Number.isSafeInteger(last)) return refusal(line, pagesAt, 'beyond-2-53', 'a last byte below 2^53')

  const range: Range = { start: start as PhysAddr, last: last as PhysAddr }
  const region = {
    range,
    type,
    virt: text.slice(virtAt - HEX_MARK, virtTo),
    attribute: text.slice(attributeAt - HEX_MARK, to),
  }
  found.push({ region, index: decimalValue(text, from, indexTo), line })
  return null
}
