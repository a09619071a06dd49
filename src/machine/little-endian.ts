/** Writes the low 16 bits of `value`. Units: `at` is a byte offset. */
export function putU16le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value % 0x100
  bytes[at + 1] = Math.floor(value / 0x100) % 0x100
}

/** Writes the low 32 bits of `value`. */
export function putU32le(bytes: Uint8Array, at: number, value: number): void {
  putU16le(bytes, at, value % 0x10000)
  putU16le(bytes, at + 2, Math.floor(value / 0x10000) % 0x10000)
}

/** Writes a safe integer as 64 bits. */
export function putU64le(bytes: Uint8Array, at: number, value: number): void {
  putU32le(bytes, at, value % 0x100000000)
  putU32le(bytes, at + 4, Math.floor(value / 0x100000000))
}

/** Reads an address or a size of 64 bits; null where it is 2^52 or more, above every supported architecture. */
export function safeU64le(bytes: Uint8Array, at: number): number | null {
  const low = u32(bytes, at)
  const high = u32(bytes, at + 4)
  return high >= 0x100000 ? null : high * 0x100000000 + low
}

/** ASCII text as bytes; what is not ASCII is written as its low byte. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) % 0x100)
}

/** UTF-8 text up to the first NUL, at most `limit` bytes; null where there is none. */
export function textUntilNul(bytes: Uint8Array, limit: number): string | null {
  const size = bytes.indexOf(0)
  return size < 0 || size > limit ? null : utf8Text(bytes.subarray(0, size))
}

function u32(bytes: Uint8Array, at: number): number {
  const byte = (i: number): number => bytes[at + i] ?? 0
  return byte(0) + byte(1) * 0x100 + byte(2) * 0x10000 + byte(3) * 0x1000000
}

/** UTF-8 as text; null where the bytes are no UTF-8. This folder has no TextDecoder. */
export function utf8Text(bytes: Uint8Array): string | null {
  const percent = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  try {
    return decodeURIComponent(percent)
  } catch {
    return null
  }
}
