import { fdtBytes, nextDtb, rangeOfSize, type Fdt } from '../planner/index.ts'
import { deleteProperty, setProperty } from '../planner/read/fdt-edit.ts'
import type { LoadPlan } from './load-plan.ts'

const CHOSEN = '/chosen'
const FDT_TOTAL_SIZE_AT = 4

/**
 * arm64's next device tree: the running one, or the boot entry's, edited as the loader edits it, in exactly the planned
 * size. Whether seeds are in it, or whether it is kexec-tools' leaner tree, shows in that size.
 *
 * Units: bytes. Errors: what is missing or does not fit, as a text.
 */
export function dtbBytes(
  segment: LoadPlan['segments'][number],
  plan: LoadPlan,
  running: Fdt | null,
): Uint8Array | string {
  if (!running) return 'the capture has no device tree'
  const initrd = plan.segments.find((s) => s.kind === 'initrd')
  const edits = {
    initrd: initrd ? rangeOfSize(Number(initrd.mem), initrd.bufsz) : null,
    cmdline: plan.inputs.cmdline,
  }
  const trees = [
    fdtBytes(nextDtb(running, { ...edits, seeds: true })),
    fdtBytes(nextDtb(running, { ...edits, seeds: false })),
    fdtBytes(toolsDtb(running, edits)),
  ]
  const fitting = trees.find((t) => t.length === segment.bufsz) ?? trees.find((t) => t.length < segment.bufsz)
  if (!fitting) return `${trees.at(-1)?.length} bytes, ${segment.bufsz} planned`
  const out = new Uint8Array(segment.bufsz)
  out.set(fitting)
  new DataView(out.buffer).setUint32(FDT_TOTAL_SIZE_AT, segment.bufsz)
  return out
}

/** kexec-tools sets the command line and the initrd, and leaves the rest as it was. */
function toolsDtb(running: Fdt, edits: Pick<Parameters<typeof nextDtb>[1], 'initrd' | 'cmdline'>): Fdt {
  let fdt = setProperty(running, CHOSEN, 'bootargs', Buffer.from(`${edits.cmdline}\0`))
  if (!edits.initrd)
    return deleteProperty(deleteProperty(fdt, CHOSEN, 'linux,initrd-start'), CHOSEN, 'linux,initrd-end')
  fdt = setProperty(fdt, CHOSEN, 'linux,initrd-start', u64(edits.initrd.start))
  return setProperty(fdt, CHOSEN, 'linux,initrd-end', u64(edits.initrd.last + 1))
}

function u64(n: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(n))
  return out
}
