/** Up to `n` bytes from `at` on as text, one character a byte. */
export function asciiAt(bytes: Uint8Array, at: number, n: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + n))
}
