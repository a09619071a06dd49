import { u32be, u64be } from '../bytes/endian.ts'
import { ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { bytesText, readStructure, type FdtStructure } from './fdt-structure.ts'
import { refusedBlob, type Refused } from './lines.ts'

export interface FdtProperty {
  readonly name: string
  /** Where the name stands in the strings block; names share tails. */
  readonly nameAt: number
  readonly value: Uint8Array
}

export interface FdtNode {
  readonly name: string
  readonly properties: readonly FdtProperty[]
  readonly children: readonly FdtNode[]
}

export interface FdtReservation {
  readonly start: number
  readonly size: number
}

/** A flattened device tree, taken apart. */
export interface Fdt {
  /** Start and size of each memory reservation, as in the blob; the terminator is not among them. */
  readonly reservations: readonly FdtReservation[]
  readonly root: FdtNode
  /** The strings block as it is: it may hold names that no property uses, and libfdt never shrinks it. */
  readonly strings: Uint8Array
  /**
   * Bytes of the structure block that carry nothing: NOP tags (a kernel puts them over the seeds that it has
   * used) and what lies behind the final tag. libfdt keeps them when it packs.
   */
  readonly padding: number
  readonly bootCpu: number
  readonly version: number
}

export const FDT_MAGIC = 0xd00dfeed
export const FDT_HEADER_SIZE = 40
/** The last version whose header tells no size of the structure block. */
const OLDEST_VERSION = 16
const VERSION = 17
/** No kernel takes a larger one. Source: Linux Documentation/arch/arm64/booting.rst, "Setup the device tree". */
const MAX_FDT_SIZE = 2 * 1024 * 1024
/** Far above any real tree. */
const MAX_RESERVATIONS = 1024
const RESERVATION_SIZE = 16

interface Header {
  readonly size: number
  readonly structAt: number
  readonly stringsAt: number
  readonly reservationsAt: number
  readonly version: number
  readonly bootCpu: number
  readonly stringsSize: number
  /** null before version 17. */
  readonly structSize: number | null
}

/**
 * Reads a device tree blob (DTB, versions 16 and 17).
 *
 * Units: bytes.
 * Errors: `bad-blob` with the byte offset of what is wrong; `beyond-2-53` for a reservation; `too-large`.
 * Source: Devicetree Specification 0.4, chapter 5.
 */
export function readFdt(blob: Uint8Array): Result<Fdt, BadInput> {
  const header = readHeader(blob)
  if (!header.ok) return header
  const { structAt, stringsAt, stringsSize, size, structSize, bootCpu, version } = header.value
  const reservations = readReservations(blob, header.value)
  if (!reservations.ok) return reservations

  const strings = blob.slice(stringsAt, stringsAt + stringsSize)
  const to = structSize === null ? size : structAt + structSize
  const structure: Result<FdtStructure, BadInput> = readStructure(blob, { from: structAt, to }, strings)
  if (!structure.ok) return structure
  const { root, nops, next } = structure.value
  const padding = nops * 4 + (structSize === null ? 0 : to - next)
  return ok({ reservations: reservations.value, root, strings, padding, bootCpu, version })
}

/** The node at `path` (`/`, `/chosen`); a name without unit address also finds the first that has one. */
export function fdtNode(fdt: Fdt, path: string): FdtNode | null {
  let node: FdtNode | null = fdt.root
  for (const name of path.split('/')) {
    if (name !== '' && node) node = node.children.find((child) => isNamed(child, name)) ?? null
  }
  return node
}

/** Whether a step of a path means this node. */
export function isNamed(node: FdtNode, name: string): boolean {
  return node.name === name || (!name.includes('@') && node.name.startsWith(`${name}@`))
}

export function fdtProperty(node: FdtNode, name: string): Uint8Array | null {
  return node.properties.find((property) => property.name === name)?.value ?? null
}

/**
 * The number in `cells` cells (of 4 bytes, at most 2) at byte `at` of a property.
 *
 * Errors: null when the property is too short or the number is 2^53 or more.
 */
export function fdtNumber(value: Uint8Array, at: number, cells: number): number | null {
  if (cells < 1 || cells > 2 || at + cells * 4 > value.length) return null
  const number = cells === 1 ? u32be(value, at) : u64be(value, at)
  return Number.isSafeInteger(number) ? number : null
}

/** A property's text, without its final NUL; NULs inside separate a list. */
export function fdtString(value: Uint8Array): string {
  const length = value.at(-1) === 0 ? value.length - 1 : value.length
  return bytesText(value, 0, length)
}

function readHeader(blob: Uint8Array): Result<Header, BadInput> {
  if (blob.length < FDT_HEADER_SIZE)
    return bad(0, `a header of ${FDT_HEADER_SIZE} bytes`, `${blob.length} bytes`)
  if (blob.length > MAX_FDT_SIZE)
    return refusedBlob('fdt', 0, `at most ${MAX_FDT_SIZE} bytes`, `${blob.length} bytes`, 'too-large')
  const magic = u32be(blob, 0)
  if (magic !== FDT_MAGIC) return bad(0, `the magic ${FDT_MAGIC.toString(16)}`, magic.toString(16))
  const size = u32be(blob, 4)
  if (size < FDT_HEADER_SIZE || size > blob.length)
    return bad(4, `a size of at most ${blob.length}`, `${size}`)
  const version = u32be(blob, 20)
  if (version < OLDEST_VERSION) return bad(20, `version ${OLDEST_VERSION} or later`, `${version}`)
  const compatible = u32be(blob, 24)
  if (compatible > VERSION) return bad(24, `a tree that version ${VERSION} can read`, `version ${compatible}`)

  const [structAt, stringsAt, reservationsAt] = [u32be(blob, 8), u32be(blob, 12), u32be(blob, 16)]
  const stringsSize = u32be(blob, 32)
  const structSize = version >= VERSION ? u32be(blob, 36) : null
  if (structAt % 4 !== 0 || structAt < FDT_HEADER_SIZE || structAt + (structSize ?? 4) > size)
    return bad(8, 'a structure block inside the blob, on a border of 4 bytes', `offset ${structAt}`)
  if (stringsAt < FDT_HEADER_SIZE || stringsAt + stringsSize > size)
    return bad(12, 'a strings block inside the blob', `offset ${stringsAt}, ${stringsSize} bytes`)
  if (
    reservationsAt % 8 !== 0 ||
    reservationsAt < FDT_HEADER_SIZE ||
    reservationsAt + RESERVATION_SIZE > size
  )
    return bad(16, 'reservations inside the blob, on a border of 8 bytes', `offset ${reservationsAt}`)
  const bootCpu = u32be(blob, 28)
  return ok({ size, structAt, stringsAt, reservationsAt, version, bootCpu, stringsSize, structSize })
}

function readReservations(blob: Uint8Array, header: Header): Result<readonly FdtReservation[], BadInput> {
  const reservations: FdtReservation[] = []
  for (let at = header.reservationsAt; at + RESERVATION_SIZE <= header.size; at += RESERVATION_SIZE) {
    const start = u64be(blob, at)
    const size = u64be(blob, at + 8)
    if (start === 0 && size === 0) return ok(reservations)
    if (!Number.isSafeInteger(start + size))
      return refusedBlob('fdt', at, 'a reservation below 2^53', `${start}, ${size} bytes`, 'beyond-2-53')
    if (reservations.length === MAX_RESERVATIONS)
      return bad(at, `at most ${MAX_RESERVATIONS} reservations`, 'more')
    reservations.push({ start, size })
  }
  return bad(header.reservationsAt, 'a final reservation of zeros', 'none inside the blob')
}

function bad(offset: number, expected: string, found: string): Refused {
  return refusedBlob('fdt', offset, expected, found)
}
