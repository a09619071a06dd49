import { alignUp } from '../bytes/align.ts'
import { putU32be, putU64be } from '../bytes/endian.ts'
import { FDT_BEGIN_NODE, FDT_END, FDT_END_NODE, FDT_NOP, FDT_PROP } from './fdt-structure.ts'
import { FDT_HEADER_SIZE, FDT_MAGIC, type Fdt, type FdtNode } from './fdt.ts'

const RESERVATION_SIZE = 16
const TAG = 4

/**
 * How large the blob is once libfdt has packed it: header, reservations, structure, strings, no gaps.
 *
 * Units: bytes.
 * Source: Devicetree Specification 0.4, chapter 5, and the layout that libfdt's packing leaves.
 */
export function packedSize(fdt: Fdt): number {
  return structAt(fdt) + structSize(fdt) + fdt.strings.length
}

/** The blob as libfdt packs it, as version 17. */
export function fdtBytes(fdt: Fdt): Uint8Array {
  const bytes = new Uint8Array(packedSize(fdt))
  const stringsAt = structAt(fdt) + structSize(fdt)
  const compatible = 16
  const header = [
    FDT_MAGIC,
    bytes.length,
    structAt(fdt),
    stringsAt,
    FDT_HEADER_SIZE,
    17,
    compatible,
    fdt.bootCpu,
  ]
  for (const [index, field] of [...header, fdt.strings.length, structSize(fdt)].entries())
    putU32be(bytes, index * 4, field)
  for (const [index, { start, size }] of fdt.reservations.entries()) {
    putU64be(bytes, FDT_HEADER_SIZE + index * RESERVATION_SIZE, start)
    putU64be(bytes, FDT_HEADER_SIZE + index * RESERVATION_SIZE + 8, size)
  }
  let at = putNode(bytes, structAt(fdt), fdt.root)
  for (let left = fdt.padding; left >= TAG; left -= TAG) at = putTag(bytes, at, FDT_NOP)
  putTag(bytes, at, FDT_END)
  bytes.set(fdt.strings, stringsAt)
  return bytes
}

function structAt(fdt: Fdt): number {
  return FDT_HEADER_SIZE + (fdt.reservations.length + 1) * RESERVATION_SIZE
}

function structSize(fdt: Fdt): number {
  return nodeSize(fdt.root) + fdt.padding + TAG
}

function nodeSize(node: FdtNode): number {
  let size = TAG + alignUp(node.name.length + 1, 4) + TAG
  for (const { value } of node.properties) size += 12 + alignUp(value.length, 4)
  for (const child of node.children) size += nodeSize(child)
  return size
}

function putNode(bytes: Uint8Array, from: number, node: FdtNode): number {
  let at = putTag(bytes, from, FDT_BEGIN_NODE)
  for (let i = 0; i < node.name.length; i++) bytes[at + i] = node.name.charCodeAt(i)
  at += alignUp(node.name.length + 1, 4)
  for (const { nameAt, value } of node.properties) {
    at = putTag(bytes, at, FDT_PROP)
    putU32be(bytes, at, value.length)
    putU32be(bytes, at + 4, nameAt)
    bytes.set(value, at + 8)
    at += 8 + alignUp(value.length, 4)
  }
  for (const child of node.children) at = putNode(bytes, at, child)
  return putTag(bytes, at, FDT_END_NODE)
}

/** Returns the byte after the tag. */
function putTag(bytes: Uint8Array, at: number, tag: number): number {
  putU32be(bytes, at, tag)
  return at + TAG
}
