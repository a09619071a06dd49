import type { PhysAddr } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import type { Result } from '../bytes/result.ts'
import type { CrashArea } from '../kdump/crash-area.ts'
import type { KernelImage } from '../image/kernel-image.ts'
import type { KexecBuf } from '../place/kexec-buf.ts'
import type { NoHole } from '../place/refusal.ts'
import type { Segment } from '../place/segment.ts'
import type { LoadFailure } from '../plan/plan-failure.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import type { Fdt } from '../read/fdt.ts'
import type { Snapshot } from '../read/snapshot.ts'

/** Where one buf goes, given what is placed already; each strategy is one of these. */
export type Placer = (buf: KexecBuf, placed: readonly Segment[]) => Result<Segment, NoHole>

/** What is to be loaded, read and checked. Units: bytes. */
export interface Load {
  readonly snapshot: Snapshot
  readonly rules: KernelRules
  readonly kernel: KernelImage
  readonly pageSize: number
  readonly initrdSize: number | null
  readonly cmdline: string
  /** x86_64: what the purgatory reserves, page-rounded. */
  readonly purgatoryMemsz: number
  /** arm64: random seeds go into the device tree, since the running kernel's generator is ready. */
  readonly seeds: boolean
  /** What the purgatory of kexec-tools fills, where its build is known; null for the usual one. */
  readonly toolsPurgatory: number | null
  /** What the running kernel hands to the next one, each in a segment of its own. */
  readonly handsOn: HandsOn
  /** arm64: the tree that the boot entry brings; null for the running kernel's own. */
  readonly devicetree: Fdt | null
  /** For a crash kernel, its reservation and the core headers that it is handed; null for a reboot. */
  readonly crash: CrashLoad | null
}

/** What kexec_file_load hands on. */
export interface HandsOn {
  /** The measurements of IMA; 0 for none. Units: bytes. */
  readonly ima: number
  /** The scratch areas of kexec handover in their own order; none where it is off. */
  readonly scratch: readonly Range[]
  /** x86_64: boot_params keeps room for it, used or not. */
  readonly imaRoom: boolean
  readonly khoRoom: boolean
}

/** What only a crash kernel is given. Units: bytes. */
export interface CrashLoad {
  readonly area: CrashArea
  readonly elfcorehdr: { readonly bufsz: number; readonly memsz: number }
}

/** Segments in load order, and where the jump goes. */
export interface Placement {
  readonly segments: readonly Segment[]
  readonly entry: PhysAddr
}

/**
 * One architecture's loader: which bufs it asks for, in which order, with which limits. A new
 * architecture is one more file with this shape, and an entry in `index.ts` beside it.
 */
export interface Arch {
  /** The running kernel's own loader. */
  place(load: Load, placer: Placer): Result<Placement, LoadFailure>
  /** kexec-tools, from user space. */
  placeTools(load: Load, placer: Placer): Result<Placement, LoadFailure>
  /** Where iomem will show the first byte of `Kernel code`, and whether that is certain. */
  expectedRun(load: Load, image: PhysAddr): { codeAt: readonly number[]; exact: boolean; because: string }
}
