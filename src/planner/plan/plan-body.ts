import type { CHOSEN_BY } from '../names.ts'
import { type ArchName, type Purpose, type SegmentKind, type StrategyName } from '../names.ts'
import type { OnBroken, PinPolicy } from '../pin/policy.ts'
import type { UsedException } from './exception.ts'
import type { WireFacts } from './facts.ts'

/**
 * One segment of a plan, in wire form: addresses are lowercase hex, sizes are integers of bytes.
 * `chosen` says how the place came about; `because` says why a pin was moved.
 */
export interface PlannedSegment {
  readonly kind: SegmentKind
  readonly mem: string
  readonly bufsz: number
  readonly memsz: number
  readonly align: number
  /** Bytes kept free from `mem` on, so that the segment may grow: at least memsz. */
  readonly room: number
  readonly chosen: (typeof CHOSEN_BY)[number]
  readonly because: string
}

/** Where the next kernel is expected to run once it was jumped to. */
export interface ExpectedRun {
  /** The address of the image as loaded. */
  readonly image: string
  /** First byte of iomem's `Kernel code`; one of these when the next kernel's release is not known. */
  readonly kernel_code: readonly string[]
  /** `load-only`: physical KASLR may move the kernel after the jump, so only the load is proven. */
  readonly certainty: 'exact' | 'load-only'
  readonly because: string
}

/** Something taken for granted because no input told it. */
export interface Assumption {
  readonly code: string
  readonly detail: string
}

/** The crash kernel's memory (x86_64: its e820 table, arm64: linux,usable-memory-range) and the headers of the vmcore. */
export interface CrashTold {
  readonly memory: readonly {
    readonly start: string
    readonly last: string
    readonly type: 'ram' | 'reserved' | 'acpi-tables' | 'acpi-nvs'
  }[]
  /** In the order of elfcorehdr. */
  readonly core_headers: readonly {
    readonly type: 'note' | 'load'
    readonly paddr: string
    readonly memsz: number
    readonly vaddr: string
    /** Why something in it is 0; null where all is known. */
    readonly unknown: string | null
  }[]
}

/** What a plan was computed from. All of it is under the digest. */
export interface PlanInputs {
  readonly arch: ArchName
  readonly release: string
  readonly boot_id: string | null
  readonly memory_digest: string
  readonly page_size: number
  readonly kernel_size: number
  readonly kernel_header_digest: string
  readonly initrd_size: number | null
  readonly cmdline: string
  /** What the caller knew and the snapshot does not show; absent where nothing was given. */
  readonly facts?: WireFacts
  /** What a trial load of this release has taught; absent where there was none. */
  readonly calibration?: CalibrationInput
  /** arm64: SHA-256 of the tree that the boot entry brings, packed; absent where it brings none. */
  readonly devicetree_digest?: string
  /** Pinned plans: of the pins that the host had for this purpose; absent where it had none. */
  readonly pins_digest?: string
  /** Pinned plans: of where the plan that booted the running kernel lies; absent where no plan did. */
  readonly booted_digest?: string
  /** Pinned plans: how pins are kept; absent where that is the default. */
  readonly policy?: PolicyInput
  /** Pinned plans: the remembered boots that new places were free in; absent where there are none. */
  readonly ground?: { readonly boots: number; readonly digest: string }
}

/** A pin policy in wire form; what is as by default is absent. */
export interface PolicyInput {
  readonly on_broken?: OnBroken
  readonly headroom?: PinPolicy['headroom']
  readonly random?: { readonly kinds: readonly SegmentKind[]; readonly seed: string }
}

/** Rules and sizes that a trial load has proven, as they entered a plan. */
export interface CalibrationInput {
  readonly rules: string
  readonly facts: WireFacts
}

/** A plan without id or time: the same inputs give the same bytes, online and offline. */
export interface PlanBody {
  readonly rules: string
  readonly segments: readonly PlannedSegment[]
  readonly purpose: Purpose
  readonly strategy: StrategyName
  /** `exact`: nothing was taken for granted; `none`: the kernel decides by what cannot be seen from outside. */
  readonly determinism: 'exact' | 'assumed' | 'none'
  /** Where the jump goes: the purgatory on x86_64, the image itself on arm64. */
  readonly entry: string
  readonly expected: ExpectedRun
  /** `running-kernel`: lies over memory that only today's kernel holds; legal, the copy comes after it stopped. */
  readonly over: 'free-memory' | 'running-kernel'
  /** What the plan took for granted, and hazards that it does not avoid (kexec_file keeps the kernel's own mistakes). */
  readonly assumptions: readonly Assumption[]
  readonly warnings: readonly Assumption[]
  /** What a crash kernel is told by the running kernel's loader; absent for a reboot and for kexec-tools. */
  readonly crash?: CrashTold
  /** Protected memory that this plan may use after all; absent where there is no exception. */
  readonly exceptions?: readonly UsedException[]
  readonly inputs: PlanInputs
}
