import { alignUp } from '../bytes/align.ts'
import { physAddr, type PhysAddr } from '../bytes/phys-addr.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { utf8 } from '../bytes/utf8.ts'
import type { BzImage } from '../image/bzimage.ts'
import { kexecBuf, type BufRequest } from '../place/kexec-buf.ts'
import type { Segment } from '../place/segment.ts'
import type { LoadFailure } from '../plan/plan-failure.ts'
import { x8664Tools } from './x86-64-tools.ts'
import type { Arch, Load, Placement, Placer } from './arch.ts'

const MIB = 0x100000
/** Nothing goes below: the real-mode vectors and what the BIOS keeps beside them. */
const LOWEST = 0x3000
/** The 64-bit entry point of a bzImage. */
const ENTRY_64 = 0x200
/** Room that the loader leaves for `elfcorehdr=0x… `, asked for even where there is none. */
const ELFCOREHDR_OPTION = 30
const EFI_DESCRIPTOR = 48
const EFI_SETUP_DATA = 16 + 96
const RNG_SETUP_DATA = 16 + 32
const IMA_SETUP_DATA = 16 + 16
const KHO_SETUP_DATA = 16 + 32

/**
 * x86_64's bzImage loader: purgatory, boot_params, kernel, initrd, each top-down; for a crash kernel
 * elfcorehdr before them, at the bottom of the reservation.
 *
 * Source: Linux arch/x86/kernel/kexec-bzimage64.c and arch/x86/kernel/machine_kexec_64.c.
 */
export const x8664: Arch = {
  place(load, placer) {
    const kernel = load.kernel as BzImage
    const cmdlineBytes = utf8(load.cmdline).length + 1
    if (cmdlineBytes + ELFCOREHDR_OPTION > kernel.cmdlineSize) {
      const room = kernel.cmdlineSize - ELFCOREHDR_OPTION - 1
      const detail = `the command line has ${cmdlineBytes - 1} bytes; this kernel takes ${room}`
      return err({ code: 'cmdline-too-long', detail })
    }
    return placeAll(load, bufs(load, kernel, cmdlineBytes), placer)
  },

  placeTools: x8664Tools,

  expectedRun(load, image) {
    if (!/(^|\s)nokaslr(\s|$)/.test(load.cmdline)) {
      return {
        codeAt: [],
        exact: false,
        because: 'without nokaslr the decompressor may move the kernel once more',
      }
    }
    return { codeAt: [image], exact: true, because: 'nokaslr: the kernel runs where it was loaded' }
  },
}

function bufs(load: Load, kernel: BzImage, cmdlineBytes: number): BufRequest[] {
  const { rules, purgatoryMemsz, pageSize, initrdSize } = load
  const kernelMin = rules.kernelMin === 'pref-address' ? Math.max(kernel.prefAddress, MIB) : MIB
  const out: BufRequest[] = []
  // Lowest first: it opens the reservation, and everything else stacks down from the top.
  if (load.crash) out.push({ kind: 'elfcorehdr', ...load.crash.elfcorehdr, align: 4096, topDown: false })
  out.push(
    // The purgatory's last page is its bss: reserved, not copied.
    {
      kind: 'purgatory',
      bufsz: purgatoryMemsz - pageSize,
      memsz: purgatoryMemsz,
      min: LOWEST,
      topDown: true,
    },
    { kind: 'boot_params', bufsz: bootParamsSize(load, cmdlineBytes), min: LOWEST, topDown: true },
    {
      kind: 'kernel',
      bufsz: kernel.fileSize - kernel.setupSize,
      memsz: alignUp(kernel.initSize, 4096),
      align: kernel.kernelAlignment,
      min: kernelMin,
      topDown: true,
    },
  )
  if (initrdSize) out.push({ kind: 'initrd', bufsz: initrdSize, min: 16 * MIB, topDown: true })
  return out
}

/**
 * Bytes of boot_params with the command line and the setup_data behind it.
 * The EFI map is handed on whole; the EFI setup_data has its room on BIOS hosts too, and so have IMA's
 * and kexec handover's where they are compiled in, used or not.
 */
function bootParamsSize(load: Load, cmdlineBytes: number): number {
  const efiMap = (load.snapshot.efiRuntimeMap?.length ?? 0) * EFI_DESCRIPTOR
  const rngSeed = load.rules.rngSeed ? RNG_SETUP_DATA : 0
  const handsOn = (load.handsOn.imaRoom ? IMA_SETUP_DATA : 0) + (load.handsOn.khoRoom ? KHO_SETUP_DATA : 0)
  const fixed = EFI_SETUP_DATA + rngSeed + handsOn
  return alignUp(4096 + cmdlineBytes + ELFCOREHDR_OPTION, 16) + alignUp(efiMap, 16) + fixed
}

function placeAll(
  load: Load,
  requests: readonly BufRequest[],
  placer: Placer,
): Result<Placement, LoadFailure> {
  const placed: Segment[] = []
  for (const request of requests) {
    const segment = placer(kexecBuf(request, load.pageSize), placed)
    if (!segment.ok) return err(segment.error)
    placed.push(segment.value)
  }
  const entry = placed.find((s) => s.kind === 'purgatory') as Segment
  return ok({ segments: placed, entry: physAddr(entry.mem) })
}

/** Where the kernel's 64-bit entry point lies, for the purgatory to jump to. */
export function kernelEntry(kernel: PhysAddr): PhysAddr {
  return physAddr(kernel + ENTRY_64)
}
