import { InvalidArgumentError } from 'commander'
import { hex } from '../planner/bytes/phys-addr.ts'

const UNITS = ['', 'K', 'M', 'G', 'T']
const STEP = 1024

/** Bytes as `4096`, `0x1000`, `4K`, `64M` or `2G`. Errors: throws what commander tells as a usage error. */
export function readSize(text: string): number {
  const [, digits, unit = ''] = /^(0x[0-9a-f]+|[0-9]+)([KMGT]?)$/i.exec(text) ?? []
  const bytes = Number(digits) * STEP ** UNITS.indexOf(unit.toUpperCase())
  if (Number.isSafeInteger(bytes)) return bytes
  throw new InvalidArgumentError('Bytes are wanted, as 65536, 64K, 64M or 2G.')
}

/** An address as it goes over the wire. Errors: as `readSize`. */
export function readAddress(text: string): string {
  const address = /^0x[0-9a-f]+$/i.test(text) ? Number(text) : NaN
  if (Number.isSafeInteger(address)) return hex(address)
  throw new InvalidArgumentError('An address is wanted, as 0x40000000.')
}

/** Bytes in the largest unit that says them exactly, so that `readSize` reads them back. */
export function exactSize(bytes: number): string {
  let [n, unit] = [bytes, 0]
  while (n >= STEP && n % STEP === 0 && unit + 1 < UNITS.length) [n, unit] = [n / STEP, unit + 1]
  return `${n}${UNITS[unit] ?? ''}`
}
