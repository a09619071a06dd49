import { fdtNode, fdtNumber, fdtProperty, type Fdt } from './fdt.ts'

export const CHOSEN = '/chosen'

/** Where the running kernel was given its initrd: null where it had none. Units: bytes. */
export function chosenInitrd(fdt: Fdt): { start: number; size: number } | null {
  const chosen = fdtNode(fdt, CHOSEN)
  const start = chosen && cells(fdtProperty(chosen, 'linux,initrd-start'))
  const next = chosen && cells(fdtProperty(chosen, 'linux,initrd-end'))
  return start !== null && next !== null && next > start ? { start, size: next - start } : null
}

/** Boot loaders write one cell or two. */
function cells(value: Uint8Array | null): number | null {
  return value && (value.length === 4 || value.length === 8) ? fdtNumber(value, 0, value.length / 4) : null
}
