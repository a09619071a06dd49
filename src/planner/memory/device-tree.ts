import { firstOverlap, rangeIndex } from '../bytes/range-index.ts'
import { merged, overlaps, rangeOfSize, sizeOf, subtract, type Range } from '../bytes/range.ts'
import { CHOSEN, chosenInitrd } from '../read/fdt-chosen.ts'
import { fdtMemory, type FdtReserved } from '../read/fdt-memory.ts'
import { fdtNode, fdtProperty } from '../read/fdt.ts'
import type { Snapshot } from '../read/snapshot.ts'

/**
 * Of the tree only the size is known: one reservation of just that size is it, and of several none is. What is
 * known to be something else does not count.
 */
export function runningTree(
  { arch, fdtSize, memblock }: Snapshot,
  named: readonly { readonly range: Range }[],
): Range[] {
  if (arch !== 'arm64') return []
  const sized = (memblock?.reserved ?? []).map((r) => r.range).filter((r) => sizeOf(r) === fdtSize)
  if (sized.length === 0) return []
  const known = rangeIndex(named, (n) => n.range)
  const trees = sized.filter((r) => firstOverlap(known, r) === undefined)
  return trees.length === 1 ? trees : []
}

/** arm64: where the running kernel was handed its initrd. */
export function runningInitrd({ arch, fdt }: Pick<Snapshot, 'arch' | 'fdt'>): Range[] {
  const initrd = arch === 'arm64' && fdt ? chosenInitrd(fdt) : null
  return initrd ? [rangeOfSize(initrd.start, initrd.size)] : []
}

/**
 * Reserved by the device tree, and let go by memblock: with an initrd that overlaps it, say. The next kernel is handed the
 * same tree. A reservation of what the running kernel was handed for itself is none of firmware's.
 */
export function reservedByTree({ arch, fdt, fdtSize, memblock }: Snapshot): FdtReserved[] {
  if (!fdt) return []
  const initrd = runningInitrd({ arch, fdt })
  const isHandedOver = (r: Range) => sizeOf(r) === fdtSize || initrd.some((i) => overlaps(i, r))
  const held = merged((memblock?.reserved ?? []).map((r) => r.range))
  return fdtMemory(fdt)
    .reserved.filter(({ of, range }) => of === 'node' || !isHandedOver(range))
    .flatMap((one) => subtract([one.range], held).map((range) => ({ ...one, range })))
}

/**
 * arm64: the memory that the tree gave the kernel to begin with. Null without a tree, and under UEFI: its stub hands over
 * UEFI's map, and the kernel does not look at the tree's memory.
 *
 * Source: Linux Documentation/arch/arm/uefi.rst.
 */
export function memoryOfTree({ arch, fdt }: Snapshot): Range[] | null {
  if (arch !== 'arm64' || !fdt) return null
  const chosen = fdtNode(fdt, CHOSEN)
  const isByUefi = chosen !== null && fdtProperty(chosen, 'linux,uefi-mmap-start') !== null
  return isByUefi ? null : merged(fdtMemory(fdt).memory)
}
