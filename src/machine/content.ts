/**
 * What lies in a stretch of memory. A machine has gigabytes that nobody looks at, so most of it is
 * only described: bytes come into being when somebody reads them.
 */
export type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly offset: number }
  | { readonly kind: 'fill'; readonly value: number }
  | { readonly kind: 'pattern'; readonly seed: number; readonly offset: number }

export function bytesContent(bytes: Uint8Array): Content {
  return { kind: 'bytes', bytes, offset: 0 }
}

export function fill(value: number): Content {
  return { kind: 'fill', value }
}

/** Bytes that look random and are the same for the same seed. */
export function pattern(seed: number): Content {
  return { kind: 'pattern', seed, offset: 0 }
}

/** The same content from `by` bytes further on. */
export function skipped(content: Content, by: number): Content {
  return content.kind === 'fill' ? content : { ...content, offset: content.offset + by }
}

/** Whether two contents are the same description; contents of another description may still have equal bytes. */
export function sameContent(a: Content, b: Content): boolean {
  if (a.kind === 'bytes') return b.kind === 'bytes' && a.bytes === b.bytes && a.offset === b.offset
  if (a.kind === 'fill') return b.kind === 'fill' && a.value === b.value
  return b.kind === 'pattern' && a.seed === b.seed && a.offset === b.offset
}

/** Writes the first `size` bytes of `content` into `out` at `at`. Units: bytes. */
export function copyInto(out: Uint8Array, at: number, content: Content, size: number): void {
  if (content.kind === 'fill') {
    out.fill(content.value, at, at + size)
    return
  }
  if (content.kind === 'bytes') {
    out.set(content.bytes.subarray(content.offset, content.offset + size), at)
    return
  }
  out.set(patternBytes(content.seed, content.offset, size), at)
}

/** Bytes `offset` through `offset + size - 1` of a pattern, a word at a time. */
export function patternBytes(seed: number, offset: number, size: number): Uint8Array {
  const first = Math.floor(offset / 4)
  const words = new Uint32Array(Math.ceil((offset + size) / 4) - first)
  // The typed array takes each word modulo 2^32: no bit operator is needed.
  for (let i = 0; i < words.length; i++) words[i] = patternWord(seed, first + i)
  const start = offset - first * 4
  return new Uint8Array(words.buffer).slice(start, start + size)
}

/** A permutation of 32-bit words that is not linear, so that two seeds are never shifts of each other. */
function patternWord(seed: number, index: number): number {
  const x = Math.imul(index + 1, 0x9e3779b1) + seed
  return Math.imul(x, 2 * (x % 0x40000000) + 1) + Math.imul(seed, 0x85ebca6b)
}
