import { hex } from '../planner/bytes/phys-addr.ts'
import { range, sizeOf, type Range } from '../planner/bytes/range.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { copyInto, fill, sameContent, skipped, type Content } from './content.ts'

interface Extent {
  start: number
  last: number
  content: Content
}

/**
 * Physical memory of which only written stretches exist; the rest reads as zero.
 *
 * Extents are disjoint and ascending. Writing moves descriptions, not bytes, so a segment of 30 MB
 * costs no more to copy than one of 30 bytes.
 */
export interface Memory {
  readonly extents: Extent[]
}

export function emptyMemory(): Memory {
  return { extents: [] }
}

/** Lays `content` over `where`; what lay there is gone. */
export function write(memory: Memory, where: Range, content: Content): void {
  const { extents } = memory
  const from = firstNotBelow(extents, where.start)
  let to = from
  const pieces: Extent[] = []
  while (to < extents.length && (extents[to] as Extent).start <= where.last) {
    const old = extents[to] as Extent
    if (old.start < where.start) pieces.push({ ...old, last: where.start - 1 })
    to++
    if (old.last > where.last) {
      pieces.push({
        start: where.last + 1,
        last: old.last,
        content: skipped(old.content, where.last + 1 - old.start),
      })
    }
  }
  pieces.push({ start: where.start, last: where.last, content })
  pieces.sort((a, b) => a.start - b.start)
  extents.splice(from, to - from, ...pieces)
}

/** What describes `where`, piece by piece, holes as zeros. */
export function describe(
  memory: Memory,
  where: Range,
): { readonly range: Range; readonly content: Content }[] {
  const { extents } = memory
  const out: { range: Range; content: Content }[] = []
  let at: number = where.start
  for (let i = firstNotBelow(extents, where.start); i < extents.length && at <= where.last; i++) {
    const extent = extents[i] as Extent
    if (extent.start > where.last) break
    if (extent.start > at) out.push({ range: range(at, extent.start - 1), content: fill(0) })
    const start = Math.max(at, extent.start)
    const last = Math.min(where.last, extent.last)
    out.push({ range: range(start, last), content: skipped(extent.content, start - extent.start) })
    at = last + 1
  }
  if (at <= where.last) out.push({ range: range(at, where.last), content: fill(0) })
  return out
}

/**
 * The bytes of `where`. Units: bytes.
 * Errors: throws where the caller asks for more than one array may hold.
 */
export function read(memory: Memory, where: Range): Uint8Array {
  const size = sizeOf(where)
  if (size > MAX_READ)
    throw new RangeError(`${size} bytes at ${hex(where.start)} are too many to read at once`)
  const pieces = describe(memory, where)
  const only = pieces[0]
  if (pieces.length === 1 && only && only.content.kind === 'bytes') {
    return only.content.bytes.subarray(only.content.offset, only.content.offset + size)
  }
  const out = new Uint8Array(size)
  for (const piece of pieces) {
    copyInto(out, piece.range.start - where.start, piece.content, sizeOf(piece.range))
  }
  return out
}

/** Reading more than this in one piece is a mistake of the caller. Units: bytes. */
const MAX_READ = 4 * 1024 * 1024 * 1024

/** The first byte of `where` that is not what `content` says, or null where all is as described. */
export function firstDifference(memory: Memory, where: Range, content: Content): number | null {
  for (const piece of describe(memory, where)) {
    const expected = skipped(content, piece.range.start - where.start)
    if (sameContent(piece.content, expected)) continue
    const size = sizeOf(piece.range)
    const want = new Uint8Array(size)
    const have = new Uint8Array(size)
    copyInto(want, 0, expected, size)
    copyInto(have, 0, piece.content, size)
    const at = want.findIndex((byte, i) => byte !== have[i])
    if (at >= 0) return piece.range.start + at
  }
  return null
}

/** Digests by the array that was hashed: the same image is loaded on many hosts and boots. */
const digests = new WeakMap<Uint8Array, Map<string, string>>()

/** Digest of the bytes of `where`; what is one untouched piece of an image is hashed once only. */
export function digestOf(memory: Memory, where: Range, sha256: Sha256): string {
  const pieces = describe(memory, where)
  const only = pieces[0]
  if (pieces.length !== 1 || !only || only.content.kind !== 'bytes') return sha256(read(memory, where))
  return digestOfBytes(only.content.bytes, only.content.offset, sizeOf(where), sha256)
}

/** Digest of part of an array, remembered as long as the array lives. Units: bytes. */
export function digestOfBytes(bytes: Uint8Array, offset: number, size: number, sha256: Sha256): string {
  const known = digests.get(bytes) ?? new Map<string, string>()
  digests.set(bytes, known)
  const key = `${offset}+${size}`
  const digest = known.get(key) ?? sha256(bytes.subarray(offset, offset + size))
  known.set(key, digest)
  return digest
}

/** The index of the first extent that does not end below `at`. */
function firstNotBelow(extents: readonly Extent[], at: number): number {
  let low = 0
  let high = extents.length
  while (low < high) {
    const mid = Math.floor((low + high) / 2)
    if ((extents[mid] as Extent).last < at) low = mid + 1
    else high = mid
  }
  return low
}
