import { hex } from '../planner/bytes/phys-addr.ts'
import { rangeOfSize, sizeOf, type Range } from '../planner/bytes/range.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import type { BootFailure } from './hand-over.ts'
import type { LoadedImage } from './kexec.ts'
import type { Machine } from './machine.ts'
import { digestOf } from './memory.ts'

/** Where the jump went, and what was handed over in the first argument. */
export interface Entry {
  readonly entry: number
  readonly argument: number | null
}

/**
 * Whether the image at `base` is still the one that was loaded. A real kernel with damaged text
 * crashes somewhere; this one is found out at once, after the hazards have acted.
 */
export function damagedKernel(
  machine: Machine,
  loaded: LoadedImage,
  base: number,
  sha256: Sha256,
): BootFailure | null {
  const kernel = loaded.segments.find((s) => s.kind === 'kernel')
  if (!kernel) return { code: 'no-kernel-at-entry', where: base, detail: 'no kernel was loaded' }
  if (digestOf(machine.memory, rangeOfSize(base, kernel.bufsz), sha256) === kernel.sha256) return null
  const hazard = machine.hazards.find((h) => h.range.start < base + kernel.memsz && h.range.last >= base)
  const detail = hazard
    ? `overwritten by ${hazard.why}`
    : `${hex(base)} holds other bytes than the kernel that was loaded`
  return { code: 'kernel-damaged', where: hazard?.range.start ?? base, detail }
}

/** Whether the initrd that the kernel was told of is the one that was loaded, no byte more or less. */
export function damagedInitrd(
  machine: Machine,
  loaded: LoadedImage,
  told: Range | null,
  sha256: Sha256,
): BootFailure | null {
  const initrd = loaded.segments.find((s) => s.kind === 'initrd')
  if (!initrd && !told) return null
  if (!told)
    return { code: 'initrd-damaged', where: null, detail: 'an initrd is loaded, the kernel was told of none' }
  const whole =
    initrd && sizeOf(told) === initrd.bufsz && digestOf(machine.memory, told, sha256) === initrd.sha256
  if (whole) return null
  return {
    code: 'initrd-damaged',
    where: told.start,
    detail: `${hex(told.start)}-${hex(told.last)} is not the initrd`,
  }
}
