import { rangeOfSize, type Range } from '../bytes/range.ts'
import { fdtNode, fdtNumber, fdtProperty, fdtString, type Fdt, type FdtNode } from './fdt.ts'

/** Memory that the tree asks the kernel to leave alone, and where it does. */
export interface FdtReserved {
  readonly range: Range
  /** A node below `/reserved-memory`, or an entry of the list, which boot loaders use for what they hand over as well. */
  readonly of: 'node' | 'list'
  readonly name: string
}

/** What a device tree says of memory. */
export interface FdtMemory {
  /** As the nodes list it, nothing merged; empty where a boot loader left the map to UEFI. */
  readonly memory: readonly Range[]
  /** With a fixed place; what only has a size is placed by the kernel. */
  readonly reserved: readonly FdtReserved[]
}

/** No address of a supported machine has more, and a number has room for it. */
const MAX_CELLS = 2

/**
 * The tree's memory, and what it reserves of it at fixed places.
 *
 * Units: bytes.
 * Errors: none; what lies beyond the addresses of any machine, and a `reg` that is no list of whole pairs, says nothing.
 * Source: Devicetree Specification 0.4, 2.3.6 (`reg`), 3.4 (memory), 3.5 (reserved-memory), 5.3 (reservations).
 */
export function fdtMemory(fdt: Fdt): FdtMemory {
  const nodes = fdt.root.children.filter((node) => isOn(node) && textOf(node, 'device_type') === 'memory')
  const parent = fdtNode(fdt, '/reserved-memory')
  const children = parent?.children.filter((node) => isOn(node) && !fdtProperty(node, 'reusable')) ?? []
  const reserved = children.flatMap((node) =>
    rangesOf(node, parent as FdtNode).map((range) => ({ range, of: 'node' as const, name: node.name })),
  )
  const listed = fdt.reservations.filter(({ start, size }) => isRange(start, size))
  return {
    memory: nodes.flatMap((node) => rangesOf(node, fdt.root)),
    reserved: [
      ...listed.map(({ start, size }) => ({
        range: rangeOfSize(start, size),
        of: 'list' as const,
        name: '/memreserve/',
      })),
      ...reserved,
    ],
  }
}

function rangesOf(node: FdtNode, parent: FdtNode): Range[] {
  const addressCells = cellsOf(parent, '#address-cells', 2)
  const sizeCells = cellsOf(parent, '#size-cells', 1)
  const reg = fdtProperty(node, 'reg')
  const width = 4 * (addressCells + sizeCells)
  if (!reg || reg.length % width !== 0 || Math.max(addressCells, sizeCells) > MAX_CELLS) return []
  return Array.from({ length: reg.length / width }, (_, i) => i * width).flatMap((at) => {
    const start = fdtNumber(reg, at, addressCells)
    const size = fdtNumber(reg, at + 4 * addressCells, sizeCells)
    return isRange(start, size) ? [rangeOfSize(start as number, size as number)] : []
  })
}

function isRange(start: number | null, size: number | null): boolean {
  return start !== null && size !== null && size > 0 && Number.isSafeInteger(start + size)
}

function cellsOf(node: FdtNode, name: string, otherwise: number): number {
  const value = fdtProperty(node, name)
  return value?.length === 4 ? (fdtNumber(value, 0, 1) ?? otherwise) : otherwise
}

function isOn(node: FdtNode): boolean {
  return ['okay', 'ok', null].includes(textOf(node, 'status'))
}

function textOf(node: FdtNode, name: string): string | null {
  const value = fdtProperty(node, name)
  return value && fdtString(value)
}
