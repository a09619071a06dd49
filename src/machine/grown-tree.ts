import { putU32be, putU64be } from '../planner/bytes/endian.ts'
import { CHOSEN, chosenInitrd } from '../planner/read/fdt-chosen.ts'
import { fdtNode, fdtProperty, readFdt } from '../planner/read/fdt.ts'
import { fdtBytes } from '../planner/read/fdt-bytes.ts'
import { setProperty } from '../planner/read/fdt-edit.ts'

/** How far what the boot loader hands over has grown since the capture. Units: bytes. */
export interface Growth {
  readonly initrd: number
  readonly dtb: number
}

const INITRD_END = 'linux,initrd-end'
const TOTAL_SIZE_AT = 4

/**
 * The device tree of a boot loader that hands over a longer initrd (`namesInitrd`), or a longer tree. The blob
 * stays as it is where nothing grew.
 *
 * Units: bytes.
 */
export function grownTree(blob: Uint8Array, { initrd, dtb }: Growth, namesInitrd: boolean): Uint8Array {
  const longer = namesInitrd && initrd > 0
  if (!longer && dtb === 0) return blob
  const bytes = longer ? withInitrd(blob, initrd) : blob
  const out = new Uint8Array(Math.max(blob.length, bytes.length) + dtb)
  out.set(bytes)
  putU32be(out, TOTAL_SIZE_AT, out.length)
  return out
}

function withInitrd(blob: Uint8Array, grown: number): Uint8Array {
  const read = readFdt(blob)
  const tree = read.ok ? read.value : null
  const initrd = tree && chosenInitrd(tree)
  const chosen = tree && fdtNode(tree, CHOSEN)
  const cells = chosen && fdtProperty(chosen, INITRD_END)
  if (!tree || !initrd || !cells) return blob
  const value = new Uint8Array(cells.length)
  const after = initrd.start + initrd.size + grown
  if (value.length === 8) putU64be(value, 0, after)
  else putU32be(value, 0, after)
  return fdtBytes(setProperty(tree, CHOSEN, INITRD_END, value))
}
