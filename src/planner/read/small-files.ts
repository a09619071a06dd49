import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import type { TextFile } from './capture-files.ts'
import { decimalValue, hexValue, matching, skipDecimal, skipHex } from './digits.ts'
import { onlyLine, refusal, refusedFile, refusedLine, type Line } from './lines.ts'

/** One line of /sys/firmware/efi/systab: a table that firmware left behind. */
export interface EfiTable {
  readonly name: string
  readonly address: number
}

/** What the running kernel holds loaded. Units: bytes. */
export interface KexecState {
  readonly crashSize: number | null
  readonly crashLoaded: boolean | null
  readonly loaded: boolean | null
}

const MAX_BOOT_ID = 64
const PAGE = 4096
/** Real ones have five to eight pages. Units: bytes. */
const MAX_PURGATORY = 0x100000
/** More CPUs than any kernel is built for. */
const MAX_CPUS = 65_536

/** Reads the lines `NAME=0xADDRESS` of efi-systab. */
export function readEfiSystab(text: string): Result<readonly EfiTable[], BadInput> {
  const tables: EfiTable[] = []
  const bad = refusedLine(text, 'efi-systab', (line) => {
    const equals = line.text.indexOf('=', line.from)
    if (equals < 0 || equals >= line.to) return refusal(line, line.to, 'bad-line', 'NAME=0x… with an address')
    if (equals === line.from) return refusal(line, line.from, 'bad-line', 'a name before "="')
    const at = equals + 1 + matching(line.text, equals + 1, line.to, '0x')
    const to = skipHex(line.text, at, line.to)
    if (at !== equals + 3 || to === at || to < line.to)
      return refusal(line, to, 'bad-line', '0x and lowercase hex')
    const address = hexValue(line.text, at, to)
    if (address === Infinity) return refusal(line, at, 'beyond-2-53', 'an address below 2^53')
    tables.push({ name: line.text.slice(line.from, equals), address })
    return null
  })
  return bad ? err(bad) : ok(tables)
}

/** Reads the lines `kexec_loaded N` of kexec-sysfs; names that a later kernel adds are let pass. */
export function readKexecState(text: string): Result<KexecState, BadInput> {
  const values = new Map<string, number>()
  const bad = refusedLine(text, 'kexec-sysfs', (line) => readNamedNumber(line, values))
  if (bad) return err(bad)
  const flag = (name: string): boolean | null => (values.has(name) ? values.get(name) !== 0 : null)
  return ok({
    crashSize: values.get('kexec_crash_size') ?? null,
    crashLoaded: flag('kexec_crash_loaded'),
    loaded: flag('kexec_loaded'),
  })
}

function readNamedNumber(line: Line, values: Map<string, number>): BadInput | null {
  const space = line.text.indexOf(' ', line.from)
  if (space < 0 || space >= line.to) return refusal(line, line.to, 'bad-line', 'a name, a space and a number')
  const to = skipDecimal(line.text, space + 1, line.to)
  if (to === space + 1 || to < line.to) return refusal(line, to, 'bad-line', 'decimal digits')
  const value = decimalValue(line.text, space + 1, to)
  if (value === Infinity) return refusal(line, space + 1, 'beyond-2-53', 'a number below 2^53')
  values.set(line.text.slice(line.from, space), value)
  return null
}

/** MemTotal of meminfo. Units: bytes. */
export function readMemTotal(text: string): Result<number, BadInput> {
  const total = readMeminfo(text, 'MemTotal')
  if (!total.ok) return total
  return total.value
    ? ok(total.value)
    : refusedFile('meminfo', 'bad-value', 'a line MemTotal with some memory', `${total.value ?? 'none'}`)
}

/** CmaTotal of meminfo; null where the kernel has no CMA. Units: bytes. */
export function readCmaTotal(text: string): Result<number | null, BadInput> {
  return readMeminfo(text, 'CmaTotal')
}

function readMeminfo(text: string, name: string): Result<number | null, BadInput> {
  let bytes: number | null = null
  const bad = refusedLine(text, 'meminfo', (line) => {
    if (!line.text.startsWith(`${name}:`, line.from)) return null
    const found = /^\w+: +(\d{1,12}) kB$/.exec(line.text.slice(line.from, line.to))
    if (!found) return refusal(line, line.from, 'bad-line', `${name}: and a number of kB`)
    bytes = Number(found[1]) * 1024
    return null
  })
  return bad ? err(bad) : ok(bytes)
}

/** The number of possible CPUs, from a line `possible 0-3,8` of the cpus file. */
export function readPossibleCpus(text: string): Result<number, BadInput> {
  let possible: number | null = null
  const bad = refusedLine(text, 'cpus', (line) => {
    if (!line.text.startsWith('possible ', line.from)) return null
    possible = countOf(line.text.slice(line.from + 'possible '.length, line.to))
    return possible === null
      ? refusal(line, line.from, 'bad-line', `possible and ascending ranges such as 0-3,8, below ${MAX_CPUS}`)
      : null
  })
  if (bad) return err(bad)
  return possible === null ? refusedFile('cpus', 'bad-value', 'a line possible', 'none') : ok(possible)
}

function countOf(list: string): number | null {
  let count = 0
  let next = 0
  for (const part of list.trim().split(',')) {
    const found = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part)
    if (!found) return null
    const first = Number(found[1])
    const last = Number(found[2] ?? first)
    if (first < next || last < first || last >= MAX_CPUS) return null
    count += last - first + 1
    next = last + 1
  }
  return count
}

/** A size in a file of its own, decimal or `0x…`. Units: bytes. */
export function readSize(text: string, file: TextFile): Result<number, BadInput> {
  const line = onlyLine(text, file)
  if (!line.ok) return line
  const size = /^(\d{1,16}|0x[0-9a-f]{1,14})$/.test(line.value) ? Number(line.value) : NaN
  if (!Number.isSafeInteger(size) || size === 0)
    return refusedFile(file, 'bad-value', 'a number of bytes, decimal or 0x…', line.value)
  return ok(size)
}

/**
 * What the purgatory of x86_64 reserves: whole pages, of which the last is its bss. Units: bytes.
 *
 * Errors: `bad-value` for less than two pages, a part of one, or more than any purgatory has.
 */
export function readPurgatorySize(text: string): Result<number, BadInput> {
  const size = readSize(text, 'purgatory')
  if (!size.ok) return size
  const { value } = size
  if (value % PAGE === 0 && value >= 2 * PAGE && value <= MAX_PURGATORY) return size
  return refusedFile('purgatory', 'bad-value', `pages of ${PAGE} bytes, two or more`, `${value}`)
}

/** The kernel's random name of this boot. */
export function readBootId(text: string): Result<string, BadInput> {
  const line = onlyLine(text, 'boot-id')
  if (!line.ok) return line
  if (line.value.length > MAX_BOOT_ID || !/^[0-9A-Za-z-]+$/.test(line.value))
    return refusedFile(
      'boot-id',
      'bad-value',
      `a boot_id: letters, digits, dashes, at most ${MAX_BOOT_ID}`,
      line.value,
    )
  return line
}

/** The kernel's command line; `''` when it is empty, which it may be. */
export function readCmdline(text: string): Result<string, BadInput> {
  return text.trim() === '' ? ok('') : onlyLine(text, 'cmdline')
}
