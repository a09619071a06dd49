import { alignUp } from '../bytes/align.ts'
import { hex } from '../bytes/phys-addr.ts'
import { intersection, range, sizeOf, type Range } from '../bytes/range.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import { utf8 } from '../bytes/utf8.ts'
import type { BzImage } from '../image/bzimage.ts'
import { toolsElfcorehdrSize } from '../kdump/tools-elfcorehdr.ts'
import { kexecBuf, type BufRequest } from '../place/kexec-buf.ts'
import type { Segment } from '../place/segment.ts'
import type { LoadFailure } from '../plan/plan-failure.ts'
import type { CrashLoad, Load, Placement, Placer } from './arch.ts'
import { TOOLS_BUILD } from './tools-build.ts'

const MIB = 0x100000
const LOWEST = 0x3000
/** Room that the tool leaves behind the command line for what the purgatory adds. */
const PURGATORY_CMDLINE = 64
const EFI_SETUP_DATA = 0x70
const EFI_DESCRIPTOR = 40
const RNG_SEED = 0x30
const ELFCOREHDR_ROOM = 16 * 1024
/** Low memory that the crash kernel overwrites and so must be kept a copy of. */
const BACKUP: Range = range(0x1000, 640 * 1024 - 1)

/**
 * kexec-tools on x86_64: everything highest-first, but for the EFI map and the seeds, which go
 * lowest-first from 1 MiB; for a crash kernel all within the reservation, a copy of low memory and
 * elfcorehdr first.
 *
 * Source: kexec-tools kexec/arch/x86_64/kexec-bzImage64.c, kexec/arch/i386/x86-linux-setup.c, crashdump-x86.c.
 */
export function x8664Tools(load: Load, placer: Placer): Result<Placement, LoadFailure> {
  const kernel = load.kernel as BzImage
  const placed: Segment[] = []
  const place = (request: BufRequest): LoadFailure | null => {
    const segment = placer(kexecBuf(request, load.pageSize), placed)
    if (!segment.ok) return segment.error
    placed.push(segment.value)
    return null
  }
  const first = [...(load.crash ? crashRequests(load, load.crash) : []), purgatory(load)]
  for (const request of first) {
    const failed = place(request)
    if (failed) return err(failed)
  }
  const cmdlineBytes = utf8(load.cmdline).length + crashOptions(load, placed) + 1
  for (const request of rest(load, kernel, cmdlineBytes)) {
    const failed = place(request)
    if (failed) return err(failed)
  }
  const entry = placed.find((s) => s.kind === 'purgatory') as Segment
  return ok({ segments: placed, entry: entry.mem })
}

function crashRequests(load: Load, { area }: CrashLoad): BufRequest[] {
  const low = load.snapshot.iomem.find(
    (e) => e.name === 'System RAM' && intersection(e.range, BACKUP) !== null,
  )
  const kept = low ? intersection(low.range, BACKUP) : null
  const elf = toolsElfcorehdrSize(load.snapshot, area)
  const out: BufRequest[] = []
  if (kept) out.push({ kind: 'backup', bufsz: sizeOf(kept), topDown: true })
  out.push({ kind: 'elfcorehdr', bufsz: elf, memsz: Math.max(elf, ELFCOREHDR_ROOM), topDown: true })
  return out
}

function purgatory(load: Load): BufRequest {
  const bufsz = load.toolsPurgatory ?? TOOLS_BUILD.x8664Purgatory
  return { kind: 'purgatory', bufsz, memsz: alignUp(bufsz, 0x1000) + 0x1000, min: LOWEST, topDown: true }
}

function rest(load: Load, kernel: BzImage, cmdlineBytes: number): BufRequest[] {
  const efiEntries = load.snapshot.efiRuntimeMap?.length ?? 0
  const setup = Math.max(kernel.setupSize, 4096) + cmdlineBytes + PURGATORY_CMDLINE
  const out: BufRequest[] = [
    { kind: 'boot_params', bufsz: setup, min: LOWEST, topDown: true },
    {
      kind: 'kernel',
      bufsz: kernel.fileSize - kernel.setupSize,
      memsz: alignUp(kernel.initSize, 4096),
      align: kernel.kernelAlignment,
      min: MIB,
      topDown: true,
    },
  ]
  if (load.initrdSize) out.push({ kind: 'initrd', bufsz: load.initrdSize, min: 16 * MIB, topDown: true })
  if (efiEntries > 0) {
    out.push({ kind: 'efi_setup_data', bufsz: EFI_SETUP_DATA, min: MIB, topDown: false })
    out.push({ kind: 'efi_map', bufsz: efiEntries * EFI_DESCRIPTOR, min: MIB, topDown: false })
  }
  out.push({ kind: 'rng_seed', bufsz: RNG_SEED, min: MIB, topDown: false })
  return out
}

/** Bytes that the tool appends to a crash kernel's command line. */
function crashOptions(load: Load, placed: readonly Segment[]): number {
  const elfcorehdr = placed.find((s) => s.kind === 'elfcorehdr')
  if (!load.crash || !elfcorehdr) return 0
  const rsdp = load.snapshot.bootParams?.rsdpAt ?? null
  const acpi = rsdp === null ? '' : ` acpi_rsdp=${hex(rsdp)}`
  return `${acpi} elfcorehdr=${elfcorehdr.mem / 1024}K`.length
}
