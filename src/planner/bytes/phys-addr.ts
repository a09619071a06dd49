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

/** Lowercase `0x…`, the form in which addresses leave Berth. */
export function hex(n: number): string {
  return `0x${n.toString(16)}`
}
