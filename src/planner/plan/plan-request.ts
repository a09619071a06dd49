import type { Range } from '../bytes/range.ts'
import type { Pin } from '../pin/pin.ts'
import type { ArchName, Snapshot } from '../read/snapshot.ts'
import type { Exception } from './exception.ts'
import type { Purpose, StrategyName } from './plan-body.ts'

/** Lowercase hex of a SHA-256; the planner has none of its own. */
export type Sha256 = (content: string | Uint8Array) => string

/** What cannot be seen from outside, where somebody knows it. Units: bytes. */
export interface Facts {
  /** What the x86_64 purgatory reserves. */
  readonly purgatorySize?: number
  /** What the purgatory of the installed kexec-tools fills. */
  readonly toolsPurgatorySize?: number
  readonly pageSize?: number
  /** The CPUs that elfcorehdr must list. */
  readonly possibleCpus?: number
  /** Whether random seeds go into arm64's device tree. */
  readonly seeds?: boolean
  /** false: the load keeps clear of CMA (no default area, or asked for with NO_CMA). */
  readonly cma?: boolean
  /** The scratch areas of kexec handover in their own order; empty where it is off. */
  readonly khoScratch?: readonly Range[]
  /** What IMA hands on, page-rounded by the kernel; 0 where it hands on nothing. */
  readonly imaSize?: number
}

/** What to load, where, and how to choose. Units: bytes. */
export interface PlanRequest {
  readonly snapshot: Snapshot
  /** The whole image or its first 4 KiB, and the size of the whole. */
  readonly kernel: { readonly head: Uint8Array; readonly size: number }
  readonly initrdSize: number | null
  readonly cmdline: string
  readonly purpose: Purpose
  readonly strategy: StrategyName
  readonly pins: readonly Pin[]
  /** Segments of the plan that booted the running kernel; empty where no plan did. */
  readonly booted: readonly Range[]
  /** The architecture that the boot entry is for. */
  readonly arch?: ArchName
  /** Earlier boots of the same host: new pins avoid what was not free in them. */
  readonly history?: readonly Snapshot[]
  /** Rules of another era than the release's own, as `x86_64/6.8`. */
  readonly rules?: string
  readonly facts?: Facts
  /** Protected memory that may be overwritten after all, each with its evidence; pinned plans only. */
  readonly exceptions?: readonly Exception[]
}
