import { err, ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { skipHex } from './digits.ts'
import { refusal, refusedLine } from './lines.ts'

/** Symbols of the running kernel: names and virtual addresses, as `0x…` since they do not fit a number. */
export type Symbols = ReadonlyMap<string, string>

const ADDRESS_DIGITS = 16
/** Digits of an address in which two symbols of one kernel can differ. */
const LOW_DIGITS = 12

/** Reads lines of /proc/kallsyms: `ADDRESS TYPE NAME`. */
export function readKallsyms(text: string): Result<Symbols, BadInput> {
  const symbols = new Map<string, string>()
  const bad = refusedLine(text, 'kallsyms-few', (line) => {
    const to = skipHex(line.text, line.from, line.to)
    if (to - line.from !== ADDRESS_DIGITS)
      return refusal(line, line.from, 'bad-line', '16 hexadecimal digits')
    const [type, name] = line.text.slice(to + 1, line.to).split(' ', 2)
    if (line.text[to] !== ' ' || type?.length !== 1 || !name) {
      return refusal(line, to, 'bad-line', 'a space, a letter, a space and a name')
    }
    // Zeros are what a reader without privilege is shown.
    const address = line.text.slice(line.from, to)
    if (/[1-9a-f]/.test(address)) symbols.set(name, `0x${address}`)
    return null
  })
  return bad ? err(bad) : ok(symbols)
}

/** Bytes from one symbol to another; null where either is missing, hidden, or the order is wrong. */
export function distance(symbols: Symbols | null, from: string, to: string): number | null {
  const low = (name: string) => Number.parseInt(symbols?.get(name)?.slice(-LOW_DIGITS) ?? '', 16)
  const bytes = low(to) - low(from)
  return bytes > 0 ? bytes : null
}
