import { alignDown, alignUp } from '../bytes/align.ts'
import { rangeOfSize } from '../bytes/range.ts'
import { physAddr } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { Arm64Image } from '../image/arm64-image.ts'
import { toolsElfcorehdrSize } from '../kdump/tools-elfcorehdr.ts'
import { kexecBuf, type BufRequest } from '../place/kexec-buf.ts'
import type { Segment } from '../place/segment.ts'
import type { LoadFailure } from '../plan/plan-failure.ts'
import { packedSize } from '../read/fdt-bytes.ts'
import type { Fdt } from '../read/fdt.ts'
import type { Load, Placement, Placer } from './arch.ts'
import { toolsDtb } from './tools-dtb.ts'
import { TOOLS_BUILD } from './tools-build.ts'

const MIB = 0x100000
const GIB = 0x40000000
const KERNEL_ALIGN = 2 * MIB
const INITRD_WINDOW = 32 * GIB

/**
 * kexec-tools on arm64: the kernel lowest-first, above it initrd, device tree and purgatory, each
 * lowest-first; for a crash kernel elfcorehdr at the top of the reservation before them. Nothing is
 * tried again: a segment without a hole ends it.
 *
 * Source: kexec-tools kexec/arch/arm64/kexec-arm64.c, kexec-image-arm64.c, crashdump-arm64.c.
 */
export function arm64Tools(load: Load, placer: Placer): Result<Placement, LoadFailure> {
  const image = load.kernel as Arm64Image
  if (!treeOf(load)) {
    return err({ code: 'fdt-missing', detail: 'arm64 hands on its device tree: the snapshot needs fdt' })
  }
  const placed: Segment[] = []
  for (const request of requests(load, image)) {
    const kernel = placed.find((s) => s.kind === 'kernel')
    const above = kernel ? kernel.mem + kernel.memsz : 0
    const min = request.kind === 'kernel' || request.kind === 'elfcorehdr' ? request.min : above
    const segment = placer(
      kexecBuf({ ...request, ...(min === undefined ? {} : { min }) }, load.pageSize),
      placed,
    )
    if (!segment.ok) return err(segment.error)
    placed.push(segment.value)
  }
  const kernel = placed.find((s) => s.kind === 'kernel') as Segment
  const initrd = placed.find((s) => s.kind === 'initrd')
  if (initrd && alignUp(initrd.mem + initrd.bufsz, GIB) - alignDown(kernel.mem, GIB) > INITRD_WINDOW) {
    return err({
      code: 'initrd-too-far',
      detail: 'kexec-tools wants kernel and initrd within 32 GiB, and does not search again',
    })
  }
  const at = physAddr(kernel.mem + image.textOffset)
  const trimmed = { ...kernel, mem: at, memsz: kernel.memsz - image.textOffset }
  const entry = placed.find((s) => s.kind === 'purgatory') as Segment
  return ok({ segments: placed.map((s) => (s === kernel ? trimmed : s)), entry: entry.mem })
}

function requests(load: Load, image: Arm64Image): BufRequest[] {
  const { crash, initrdSize } = load
  const memsz = image.imageSize + image.textOffset
  const start = crash ? { min: alignUp(crash.area.main.start, KERNEL_ALIGN) } : {}
  const out: BufRequest[] = []
  if (crash) {
    const bufsz = toolsElfcorehdrSize(load.snapshot, crash.area)
    out.push({ kind: 'elfcorehdr', bufsz, topDown: true })
  }
  out.push({ kind: 'kernel', bufsz: image.fileSize, memsz, align: KERNEL_ALIGN, topDown: false, ...start })
  if (initrdSize) out.push({ kind: 'initrd', bufsz: initrdSize, topDown: false })
  out.push({ kind: 'dtb', bufsz: dtbSize(load), topDown: false })
  out.push({ kind: 'purgatory', bufsz: load.toolsPurgatory ?? TOOLS_BUILD.arm64Purgatory, topDown: false })
  return out
}

function dtbSize(load: Load): number {
  const { initrdSize, cmdline, crash } = load
  const running = treeOf(load)
  if (!running) throw new Error('the caller has checked that there is a device tree')
  const initrd = initrdSize ? rangeOfSize(0, initrdSize) : null
  return packedSize(toolsDtb(running, { initrd, cmdline, crash: crash ? crash.area.main : null }))
}

/** The tree that the tool is told to take, else the running kernel's. */
function treeOf(load: Load): Fdt | null {
  return load.devicetree ?? load.snapshot.fdt
}
