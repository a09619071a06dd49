import { alignUp } from '../bytes/align.ts'
import { u32be } from '../bytes/endian.ts'
import { ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import type { FdtNode, FdtProperty } from './fdt.ts'
import { refusedBlob, type Refused } from './lines.ts'

/** The tags of a structure block. */
export const FDT_BEGIN_NODE = 1
export const FDT_END_NODE = 2
export const FDT_PROP = 3
export const FDT_NOP = 4
export const FDT_END = 9

/** Levels of nodes; real trees have fewer than ten. */
const MAX_DEPTH = 64
/** Units: bytes; the specification allows 31 and unit addresses, real blobs a few more. */
const MAX_NAME = 256

export interface FdtStructure {
  readonly root: FdtNode
  readonly nops: number
  /** The byte after the final tag. */
  readonly next: number
}

interface OpenNode extends FdtNode {
  readonly properties: FdtProperty[]
  readonly children: OpenNode[]
}

/**
 * Walks a structure block, tag by tag.
 *
 * Units: `from` and `to` are byte offsets in the blob, `to` not included.
 * Errors: `bad-blob` with the offset of the tag at fault.
 */
export function readStructure(
  blob: Uint8Array,
  { from, to }: { readonly from: number; readonly to: number },
  strings: Uint8Array,
): Result<FdtStructure, BadInput> {
  const open: OpenNode[] = []
  let root: OpenNode | null = null
  let nops = 0

  for (let at = from; at + 4 <= to;) {
    const tag = u32be(blob, at)
    const node = open.at(-1)
    if (tag === FDT_NOP) {
      nops++
      at += 4
    } else if (tag === FDT_BEGIN_NODE) {
      if (open.length === MAX_DEPTH) return bad(at, `at most ${MAX_DEPTH} levels of nodes`, 'a deeper node')
      if (root && !node) return bad(at, 'one root node', 'a second one')
      const nameTo = blob.indexOf(0, at + 4)
      if (nameTo < 0 || nameTo >= to || nameTo - at - 4 > MAX_NAME)
        return bad(at, `a node's name of at most ${MAX_NAME} bytes`, 'no final NUL')
      const begun: OpenNode = { name: bytesText(blob, at + 4, nameTo), properties: [], children: [] }
      if (node) node.children.push(begun)
      else root = begun
      open.push(begun)
      at = alignUp(nameTo + 1 - from, 4) + from
    } else if (tag === FDT_PROP) {
      if (!node || node.children.length > 0) return bad(at, 'properties before the nodes below', 'a property')
      const property = readProperty(blob, at, to, strings)
      if (!property.ok) return property
      node.properties.push(property.value)
      at += 12 + alignUp(property.value.value.length, 4)
    } else if (tag === FDT_END_NODE) {
      if (!open.pop()) return bad(at, 'an open node', 'the closing of none')
      at += 4
    } else if (tag === FDT_END) {
      if (!root || node) return bad(at, 'every node closed', root ? 'an open node' : 'no root node')
      return ok({ root, nops, next: at + 4 })
    } else return bad(at, 'a tag: 1, 2, 3, 4 or 9', `${tag}`)
  }
  return bad(to, 'the final tag', 'the end of the structure block')
}

function readProperty(
  blob: Uint8Array,
  at: number,
  to: number,
  strings: Uint8Array,
): Result<FdtProperty, BadInput> {
  if (at + 12 > to) return bad(at, 'a property of 12 bytes and its value', `${to - at} bytes`)
  const size = u32be(blob, at + 4)
  const nameAt = u32be(blob, at + 8)
  if (at + 12 + size > to) return bad(at + 4, `a value of at most ${to - at - 12} bytes`, `${size} bytes`)
  const nameTo = strings.indexOf(0, nameAt)
  if (nameAt >= strings.length || nameTo < 0 || nameTo - nameAt > MAX_NAME)
    return bad(at + 8, `a name in the strings block, of at most ${MAX_NAME} bytes`, `offset ${nameAt}`)
  const value = blob.slice(at + 12, at + 12 + size)
  return ok({ name: bytesText(strings, nameAt, nameTo), nameAt, value })
}

/** Bytes as text, one character each. */
export function bytesText(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i] ?? 0)
  return text
}

function bad(offset: number, expected: string, found: string): Refused {
  return refusedBlob('fdt', offset, expected, found)
}
