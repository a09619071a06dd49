/** The UTF-8 bytes of a text; a lone surrogate becomes three bytes of its own. */
export function utf8(text: string): Uint8Array {
  const out: number[] = []
  for (const char of text) {
    const code = char.codePointAt(0) as number
    if (code < 0x80) out.push(code)
    else if (code < 0x800) out.push(0xc0 + Math.floor(code / 64), tail(code, 1))
    else if (code < 0x10000) out.push(0xe0 + Math.floor(code / 4096), tail(code, 64), tail(code, 1))
    else out.push(0xf0 + Math.floor(code / 262144), tail(code, 4096), tail(code, 64), tail(code, 1))
  }
  return Uint8Array.from(out)
}

/** UTF-8 text up to the first NUL, at most `limit` bytes; null where there is none. */
export function textUntilNul(bytes: Uint8Array, limit: number): string | null {
  const size = bytes.indexOf(0)
  return size < 0 || size > limit ? null : utf8Text(bytes.subarray(0, size))
}

/** UTF-8 as text; null where the bytes are no UTF-8. The pure folders have no TextDecoder. */
export function utf8Text(bytes: Uint8Array): string | null {
  const percent = Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  try {
    return decodeURIComponent(percent)
  } catch {
    return null
  }
}

/** Six bits of `code`, those that count in units of `unit`, as a continuation byte. */
function tail(code: number, unit: number): number {
  return 0x80 + (Math.floor(code / unit) % 64)
}
