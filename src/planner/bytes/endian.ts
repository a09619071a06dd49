/**
 * Fixed-width unsigned integers in binary files, by arithmetic: bit operators break above 2^31.
 *
 * Units: `at` is a byte offset. Errors: none; a caller checks bounds first, a byte past the end reads as 0.
 * The 64-bit readers give a number that is not a safe integer when the value is 2^53 or more: check it.
 */
export function u16le(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) + byte(bytes, at + 1) * 0x100
}

export function u32le(bytes: Uint8Array, at: number): number {
  return u16le(bytes, at) + u16le(bytes, at + 2) * 0x10000
}

export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at) + u32le(bytes, at + 4) * 0x100000000
}

export function u32be(bytes: Uint8Array, at: number): number {
  return (
    byte(bytes, at) * 0x1000000 +
    byte(bytes, at + 1) * 0x10000 +
    byte(bytes, at + 2) * 0x100 +
    byte(bytes, at + 3)
  )
}

export function u64be(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 0x100000000 + u32be(bytes, at + 4)
}

/** Writes the low 32 bits of `value`. */
export function putU32be(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = Math.floor(value / 0x1000000) % 0x100
  bytes[at + 1] = Math.floor(value / 0x10000) % 0x100
  bytes[at + 2] = Math.floor(value / 0x100) % 0x100
  bytes[at + 3] = value % 0x100
}

/** Writes a safe integer as 64 bits. */
export function putU64be(bytes: Uint8Array, at: number, value: number): void {
  putU32be(bytes, at, Math.floor(value / 0x100000000))
  putU32be(bytes, at + 4, value % 0x100000000)
}

/** Writes the low 32 bits of `value`. */
export function putU32le(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = Math.floor(value / 256 ** i) % 256
}

/** Writes a safe integer as 64 bits. */
export function putU64le(bytes: Uint8Array, at: number, value: number): void {
  putU32le(bytes, at, value % 0x100000000)
  putU32le(bytes, at + 4, Math.floor(value / 0x100000000))
}

/** Reads an address or a size of 64 bits; null where it is 2^52 or more, above every supported architecture. */
export function safeU64le(bytes: Uint8Array, at: number): number | null {
  const low = u32le(bytes, at)
  const high = u32le(bytes, at + 4)
  return high >= 0x100000 ? null : high * 0x100000000 + low
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
