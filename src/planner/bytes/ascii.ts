/** Up to `n` bytes from `at` on as text, one character a byte. */
export function asciiAt(bytes: Uint8Array, at: number, n: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + n))
}

/** ASCII text as bytes; what is not ASCII is written as its low byte. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0) % 0x100)
}
