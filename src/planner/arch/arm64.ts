import { alignDown, alignUp } from '../bytes/align.ts'
import { physAddr } from '../bytes/phys-addr.ts'
import { rangeOfSize } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { Arm64Image } from '../image/arm64-image.ts'
import { kexecBuf, type BufRequest } from '../place/kexec-buf.ts'
import type { NoHole } from '../place/refusal.ts'
import type { Segment } from '../place/segment.ts'
import { packedSize } from '../read/fdt-bytes.ts'
import type { Fdt } from '../read/fdt.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { arm64Tools } from './arm64-tools.ts'
import type { Arch, CrashLoad, Load, Placer } from './arch.ts'
import { nextDtb, type DtbEdits } from './next-dtb.ts'

const MIB = 0x100000
const GIB = 0x40000000
const KERNEL_ALIGN = 2 * MIB
/** The initrd must end within this much of the kernel's gigabyte: the kernel maps no more early on. */
const INITRD_WINDOW = 32 * GIB
/** Kernels of some releases start their `Kernel code` line one segment above the image's base. */
const CODE_OFFSETS = [0, 0x10000]

/**
 * arm64's Image loader: the kernel bottom-up, above it the initrd bottom-up and the device tree
 * top-down; for a crash kernel elfcorehdr before them, top-down. Where one of those finds no hole, all are forgotten and the kernel's own
 * search starts again above the place that it had.
 *
 * Source: Linux arch/arm64/kernel/kexec_image.c, machine_kexec_file.c; drivers/of/kexec.c for the dtb.
 */
export const arm64: Arch = {
  place(load, placer) {
    const image = load.kernel as Arm64Image
    const fdt = load.devicetree ?? load.snapshot.fdt
    if (!fdt)
      return err({ code: 'fdt-missing', detail: 'arm64 hands on its device tree: the snapshot needs fdt' })
    const dtb = dtbSize(fdt, load)
    const memsz = image.imageSize + image.textOffset
    let min = 0
    let firstFailure: NoHole | null = null
    // With a kernel below this the same has no hole either: no use to search again.
    let hopelessBelow = 0
    for (;;) {
      const request: BufRequest = {
        kind: 'kernel',
        bufsz: image.fileSize,
        memsz,
        align: KERNEL_ALIGN,
        min,
        topDown: false,
        offset: image.textOffset,
      }
      const kernel = placer(kexecBuf(request, load.pageSize), [])
      if (!kernel.ok) return err(firstFailure ?? kernel.error)
      if (kernel.value.mem < hopelessBelow) {
        min = kernel.value.mem + kernel.value.memsz
        continue
      }
      const others = placeOthers(load, kernel.value, dtb, placer)
      if (others.ok) {
        const at = physAddr(kernel.value.mem + image.textOffset)
        const { memsz, room } = kernel.value
        const trimmed = {
          ...kernel.value,
          mem: at,
          memsz: memsz - image.textOffset,
          room: room - image.textOffset,
        }
        return ok({ segments: [trimmed, ...others.value], entry: at })
      }
      if (others.error.wrapped) return err(others.error)
      firstFailure ??= others.error
      hopelessBelow = nextHope(others.error, kernel.value)
      if (hopelessBelow === Infinity) return err(firstFailure)
      min = kernel.value.mem + kernel.value.memsz
    }
  },

  placeTools: arm64Tools,

  expectedRun(load, image) {
    const because = 'arm64 runs where it was loaded: only the EFI stub, which kexec passes by, moves it'
    return { codeAt: codeOffsets(load).map((offset) => image + offset), exact: true, because }
  },
}

/** How large the next device tree is, made from the running one. Units: bytes. */
function dtbSize(running: Fdt, load: Load): number {
  const { initrdSize, cmdline, seeds, crash } = load
  const initrd = initrdSize ? rangeOfSize(0, initrdSize) : null
  const handsOn = { ima: load.handsOn.ima > 0, kho: load.handsOn.scratch.length > 0 }
  const edits = { initrd, cmdline, seeds, handsOn, crash: crash && crashRanges(crash) }
  return packedSize(nextDtb(running, edits))
}

/** Where elfcorehdr will lie does not matter for the size of the tree. */
function crashRanges({ area, elfcorehdr }: CrashLoad): DtbEdits['crash'] {
  return {
    elfcorehdr: rangeOfSize(0, elfcorehdr.bufsz),
    usable: area.low ? [area.main, area.low] : [area.main],
  }
}

function placeOthers(
  load: Load,
  kernel: Segment,
  dtbSize: number,
  placer: Placer,
): Result<Segment[], NoHole> {
  const min = kernel.mem + kernel.memsz
  const window = alignDown(kernel.mem, GIB) + INITRD_WINDOW
  const requests: BufRequest[] = []
  if (load.crash)
    requests.push({ kind: 'elfcorehdr', ...load.crash.elfcorehdr, align: 0x10000, min, topDown: true })
  if (load.initrdSize) {
    requests.push({ kind: 'initrd', bufsz: load.initrdSize, min, max: window, topDown: false })
  }
  // The kernel takes its tree anywhere; only this loader wants it on a border.
  requests.push({ kind: 'dtb', bufsz: dtbSize, align: 2 * MIB, leastAlign: 0, min, topDown: true })
  const placed = [kernel]
  for (const request of requests) {
    const segment = placer(kexecBuf(request, load.pageSize), placed)
    if (!segment.ok) return segment
    placed.push(segment.value)
  }
  return ok(placed.slice(1))
}

/**
 * The lowest kernel with which what found no hole may find one. For an initrd: within one gigabyte the limit
 * above stays, and there is ever less memory below it. Infinity where no limit is what it lacks, and for anything
 * else where nothing of this load is in its way: a higher kernel leaves it less.
 */
function nextHope({ buf, refusals }: NoHole, kernel: Segment): number {
  if (buf.kind !== 'initrd') return refusals.some(({ because }) => because.code === 'taken') ? 0 : Infinity
  const next = alignDown(kernel.mem, GIB) + GIB
  if (refusals.some(({ because }) => because.code === 'taken' || because.code === 'no-aligned-hole'))
    return next
  const above = refusals.find(({ because }) => because.code === 'above-max')
  return above ? Math.max(next, alignUp(above.range.start - INITRD_WINDOW, GIB)) : Infinity
}

/**
 * How far above its base the next kernel's `Kernel code` starts. The header does not tell; where the
 * next image is as large as the running one it is taken for the same kernel.
 */
function codeOffsets(load: Load): readonly number[] {
  const image = load.kernel as Arm64Image
  const code = belowFirstLevel(load.snapshot, 'Kernel code')
  const bss = belowFirstLevel(load.snapshot, 'Kernel data')
  if (!code || !bss) return CODE_OFFSETS
  const same = CODE_OFFSETS.filter(
    (offset) => bss.range.last + 1 - (code.range.start - offset) === alignUp(image.imageSize, load.pageSize),
  )
  return same.length === 1 ? same : CODE_OFFSETS
}

function belowFirstLevel({ iomem }: Snapshot, name: string): IomemEntry | undefined {
  for (const { children } of iomem) {
    const found = children.find((entry) => entry.name === name)
    if (found) return found
  }
  return undefined
}
