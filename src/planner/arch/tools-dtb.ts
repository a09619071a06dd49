import type { Range } from '../bytes/range.ts'
import { deleteProperty, setProperty } from '../read/fdt-edit.ts'
import type { Fdt } from '../read/fdt.ts'
import { CHOSEN } from '../read/fdt-chosen.ts'
import { cString, spans, u64, withChosen } from './next-dtb.ts'

/** What kexec-tools writes into the next kernel's device tree. */
export interface ToolsDtbEdits {
  readonly initrd: Range | null
  readonly cmdline: string
  /** For a crash kernel, the memory that it may use. */
  readonly crash: Range | null
}

/**
 * The device tree as kexec-tools hands it on: seeds that are there stay, nothing is reserved for the
 * initrd, and nothing says that kexec was used.
 *
 * Source: kexec-tools kexec/arch/arm64/kexec-arm64.c and kexec/dt-ops.c.
 */
export function toolsDtb(running: Fdt, edits: ToolsDtbEdits): Fdt {
  let fdt = withChosen(running)
  if (edits.cmdline !== '') fdt = setProperty(fdt, CHOSEN, 'bootargs', cString(edits.cmdline))
  if (edits.crash) {
    fdt = setProperty(fdt, CHOSEN, 'linux,elfcorehdr', spans([edits.crash]))
    fdt = setProperty(fdt, CHOSEN, 'linux,usable-memory-range', spans([edits.crash]))
  } else {
    fdt = deleteProperty(fdt, CHOSEN, 'linux,elfcorehdr')
    fdt = deleteProperty(fdt, CHOSEN, 'linux,usable-memory-range')
  }
  if (!edits.initrd) {
    fdt = deleteProperty(fdt, CHOSEN, 'linux,initrd-start')
    return deleteProperty(fdt, CHOSEN, 'linux,initrd-end')
  }
  fdt = setProperty(fdt, CHOSEN, 'linux,initrd-start', u64(edits.initrd.start))
  return setProperty(fdt, CHOSEN, 'linux,initrd-end', u64(edits.initrd.last + 1))
}
