declare const physAddrBrand: unique symbol

/** A physical address: an integer byte offset below 2^53. Arithmetic drops the brand on purpose. */
export type PhysAddr = number & { readonly [physAddrBrand]: true }

/** The highest address that Berth can hold; every supported architecture stays below 2^52. */
export const MAX_PHYS_ADDR = Number.MAX_SAFE_INTEGER as PhysAddr

/**
 * Brands a number that is known to be an address.
 *
 * Units: bytes.
 * Errors: throws on anything but an integer from 0 through 2^53-1; a caller that reads text checks first.
 */
export function physAddr(n: number): PhysAddr {
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a physical address: ${n}`)
  return n as PhysAddr
}

/** What the highest byte of a number is written as, and all the others. */
const FIRST = Array.from({ length: 0x100 }, (_, byte) => `0x${byte.toString(16)}`)
const OTHER = FIRST.map((first) => first.slice(2).padStart(2, '0'))

/**
 * Lowercase `0x…`, the form in which addresses leave Berth. Byte by byte from tables: engines write what is
 * above 2^31 through a float, which takes ten times as long.
 */
export function hex(n: number): string {
  if (!Number.isSafeInteger(n) || n < 0) return `0x${n.toString(16)}`
  let text = ''
  let left = n
  while (left >= 0x100) {
    const rest = Math.floor(left / 0x100)
    text = (OTHER[left - rest * 0x100] as string) + text
    left = rest
  }
  return (FIRST[left] as string) + text
}
