import { hex, type PhysAddr } from '../bytes/phys-addr.ts'
import { rangeOfSize, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { decimalValue, hexValue, matching, skipDecimal, skipHex } from './digits.ts'
import { findWords } from './find-words.ts'
import { placeOf, unfitText } from './lines.ts'

/** What only the boot log tells. Lines that say none of this are let pass: a log is not a format. */
export interface DmesgFacts {
  /** GICv3 LPI tables: the property table (64 KiB) and one pending table (64 KiB) a CPU. */
  readonly lpiTables: readonly LpiTable[]
  /** `crng init done` is in the log: the loader wrote seeds into the device tree. */
  readonly crngReady: boolean
  /** From `Allowing N CPUs`, else `nr_cpu_ids`, else null. */
  readonly possibleCpus: number | null
  /** `UEFI memory map` as arm64 names it: MemMap Address and Size, else null. */
  readonly efiMemmap: Range | null
  /** ACPI tables as the log names them: name, address, length. */
  readonly acpiTables: readonly { readonly name: string; readonly range: Range }[]
  /** `KASLR enabled` true, `KASLR disabled…` false, neither null. */
  readonly kaslr: boolean | null
}

export interface LpiTable {
  readonly kind: 'property' | 'pending'
  readonly start: PhysAddr
  readonly range: Range
  /** `using reserved`: a table that an earlier kernel left behind and that this one took over. */
  readonly reserved: boolean
}

/** Both tables' size at the 16 ID bits that Linux uses. Units: bytes. */
export const LPI_TABLE_SIZE = 0x10000
/** `using LPI property table`, `using allocated LPI pending table`; not `using cache flushing for LPI …`. */
const LPI_LINE = /using (?:(\w+) )?LPI (property|pending) table/
const ACPI_TABLE = /ACPI: ([!-~]{4}) 0x([0-9A-Fa-f]{8,16}) ([0-9A-Fa-f]{6,8})(?= |$)/my
const ADDRESS_DIGITS = 16
/** More CPUs than any kernel is built for. */
const MAX_CPUS = 65_536

/**
 * Picks from a boot log what no other file tells.
 *
 * Units: bytes.
 * Errors: `bad-line` or `truncated-line` for an LPI table without a readable address, since a hazard is never
 * skipped; `not-text`, `too-large`, and a carriage return as for any text.
 * Source: Linux drivers/irqchip/irq-gic-v3-its.c, drivers/firmware/efi, drivers/acpi, arch/arm64/kernel/kaslr.c:
 * the messages they print.
 */
export function readDmesg(text: string): Result<DmesgFacts, BadInput> {
  const unfit = unfitText(text, 'dmesg')
  if (unfit) return err(unfit)
  const lpiTables = readLpiTables(text)
  if (!lpiTables.ok) return lpiTables

  return ok({
    lpiTables: lpiTables.value,
    crngReady: findWords(text, 'crng init done', 'g init') >= 0,
    possibleCpus: readPossibleCpus(text),
    efiMemmap: readEfiMemmap(text),
    acpiTables: readAcpiTables(text),
    kaslr: readKaslr(text),
  })
}

function readKaslr(text: string): boolean | null {
  if (findWords(text, 'KASLR enabled', 'KASLR ') >= 0) return true
  return findWords(text, 'KASLR disabled', 'KASLR ') >= 0 ? false : null
}

function readLpiTables(text: string): Result<readonly LpiTable[], BadInput> {
  const tables: LpiTable[] = []
  for (const { from, to } of linesWith(text, 'LPI p')) {
    const found = LPI_LINE.exec(text.slice(from, to))
    if (!found) continue
    const at = from + found.index + found[0].length
    const digitsAt = at + matching(text, at, to, ' @0x')
    const digitsTo = digitsAt === at + 4 ? skipHex(text, digitsAt, to) : digitsAt
    const start = hexValue(text, digitsAt, digitsTo)
    const cut = digitsTo === text.length && digitsTo - digitsAt < ADDRESS_DIGITS
    const whole = digitsTo - digitsAt === ADDRESS_DIGITS && digitsTo === to
    if (!whole || start + LPI_TABLE_SIZE > Number.MAX_SAFE_INTEGER)
      return err(badTable(text, { from, to, at }, cut))
    tables.push({
      kind: found[2] === 'property' ? 'property' : 'pending',
      start: start as PhysAddr,
      range: rangeOfSize(start, LPI_TABLE_SIZE),
      reserved: found[1] === 'reserved',
    })
  }
  return ok(tables)
}

function badTable(
  text: string,
  { from, to, at }: { from: number; to: number; at: number },
  cut: boolean,
): BadInput {
  const expected = `" @0x" and the address of an LPI table, ${ADDRESS_DIGITS} digits of lowercase hex, below ${hex(2 ** 53)}`
  const found = text.slice(from, to).slice(0, 80)
  return { code: cut ? 'truncated-line' : 'bad-line', file: 'dmesg', ...placeOf(text, at), expected, found }
}

/** Possible, not present CPUs: `smpboot` counts the hot-pluggable ones in, `CPU topo` names them apart. */
function readPossibleCpus(text: string): number | null {
  const count = namedCpus(text)
  return count !== null && count > 0 && count <= MAX_CPUS ? count : null
}

function namedCpus(text: string): number | null {
  const allowed = numberAfter(text, 'smpboot: Allowing ', 'Allowi')
  if (allowed !== null) return allowed
  const present = numberAfter(text, 'CPU topo: Allowing ', 'Allowi')
  if (present !== null) return present + (numberAfter(text, ' present CPUs plus ', 'Us plu') ?? 0)
  return numberAfter(text, ' nr_cpu_ids:', 'ids:') ?? numberAfter(text, 'nr_cpu_ids=', 'ids=')
}

function numberAfter(text: string, words: string, mark: string): number | null {
  const at = findWords(text, words, mark)
  if (at < 0) return null
  const digitsAt = at + words.length
  const digitsTo = skipDecimal(text, digitsAt, text.length)
  const value = decimalValue(text, digitsAt, digitsTo)
  return digitsTo > digitsAt && value !== Infinity ? value : null
}

function readEfiMemmap(text: string): Range | null {
  const start = hexAfter(text, 'MemMap Address')
  const size = hexAfter(text, 'MemMap Size')
  if (start === null || size === null || size === 0 || !Number.isSafeInteger(start + size)) return null
  return rangeOfSize(start, size)
}

/** The number after `name   : 0x`. */
function hexAfter(text: string, name: string): number | null {
  const at = findWords(text, name, 'MemMap')
  if (at < 0) return null
  const mark = text.indexOf(': 0x', at)
  const newline = text.indexOf('\n', at)
  if (mark < 0 || (newline >= 0 && mark > newline)) return null
  const digitsTo = skipHex(text, mark + 4, text.length)
  return digitsTo > mark + 4 ? hexValue(text, mark + 4, digitsTo) : null
}

function readAcpiTables(text: string): DmesgFacts['acpiTables'] {
  const tables: { name: string; range: Range }[] = []
  for (let at = text.indexOf('ACPI: '); at >= 0; at = text.indexOf('ACPI: ', at + 1)) {
    ACPI_TABLE.lastIndex = at
    const found = ACPI_TABLE.exec(text)
    if (!found) continue
    const [, name = '', address = '', length = ''] = found
    const start = Number.parseInt(address, 16)
    const size = Number.parseInt(length, 16)
    if (size > 0 && Number.isSafeInteger(start + size)) tables.push({ name, range: rangeOfSize(start, size) })
  }
  return tables
}

/** Each line that holds `words`, once. */
function* linesWith(text: string, words: string): Generator<{ readonly from: number; readonly to: number }> {
  for (let at = text.indexOf(words); at >= 0;) {
    const from = text.lastIndexOf('\n', at) + 1
    const newline = text.indexOf('\n', at)
    const to = newline < 0 ? text.length : newline
    yield { from, to }
    at = text.indexOf(words, to)
  }
}
