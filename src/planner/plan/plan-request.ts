import type { ArchName, Purpose, StrategyName } from '../names.ts'
import type { Range } from '../bytes/range.ts'
import type { BootGround } from '../pin/ground.ts'
import type { Pin } from '../pin/pin.ts'
import type { PinPolicy } from '../pin/policy.ts'
import type { Fdt } from '../read/fdt.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { Exception } from './exception.ts'
import type { Facts } from './facts.ts'

export type { Facts } from './facts.ts'

/** Lowercase hex of a SHA-256; the planner has none of its own. */
export type Sha256 = (content: string | Uint8Array) => string

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
  /** Earlier boots of the same hardware: new pins avoid what was not free in them. */
  readonly history?: readonly BootGround[]
  /** How pins are made and kept; by default they move where they must. */
  readonly policy?: PinPolicy
  /** What random places are drawn by; it enters the plan, so that the plan can be computed again. */
  readonly randomSeed?: string
  /** Rules of another era than the release's own, as `x86_64/6.8`. */
  readonly rules?: string
  readonly facts?: Facts
  /** What a trial load of this release has taught; what the caller says itself goes before it. */
  readonly calibration?: { readonly rules: string; readonly facts: Facts }
  /** arm64: the device tree that the boot entry brings, in place of the running kernel's. */
  readonly devicetree?: Fdt
  /** What `--mem-min` and `--mem-max` leave to kexec-tools; for trials, it is no part of a plan's inputs. */
  readonly toolsWindow?: Range
  /** Protected memory that may be overwritten after all, each with its evidence; pinned plans only. */
  readonly exceptions?: readonly Exception[]
}
