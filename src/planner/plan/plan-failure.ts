import type { SegmentKind } from '../names.ts'
import type { BadKernelCode } from '../image/bad-kernel.ts'
import type { NoHole } from '../place/refusal.ts'

export type { Assumption } from './plan-body.ts'

/** Why there is no plan, in wire form: addresses are lowercase hex, sizes are integers of bytes. */
export type PlanFailure = NoHoleFailure | BadKernelFailure | PinBroken | RefusedLoad

/** The same while something else may still be tried: thousands of ranges are put into words for nobody but the caller. */
export type LoadFailure = NoHole | Exclude<PlanFailure, NoHoleFailure>

/** The kernel would answer EADDRNOTAVAIL; here is every range that it walked, and why not. */
export interface NoHoleFailure {
  readonly code: 'no-hole'
  readonly detail: string
  readonly buf: {
    readonly kind: SegmentKind
    readonly bufsz: number
    readonly memsz: number
    readonly align: number
    readonly min: string
    readonly max: string | null
    readonly top_down: boolean
  }
  readonly refusals: readonly {
    readonly range: { readonly start: string; readonly last: string }
    readonly because: string
    readonly short?: number
    readonly by?: { readonly start: string; readonly last: string }
  }[]
  /** The first of the changes that would make it fit, tried by planning again; and those that would too. */
  readonly change?: Change
  readonly alternatives?: readonly Change[]
}

/** What would turn a refusal into a plan. Units: bytes. */
export type Change =
  | {
      readonly code: 'smaller-initrd'
      readonly less: number
      readonly initrd_size: number
      readonly sentence: string
    }
  | { readonly code: 'kernel-alignment'; readonly align: number; readonly sentence: string }
  | {
      readonly code: 'crashkernel'
      readonly size: number
      /** As `crashkernel=` takes it. */
      readonly crashkernel: string
      readonly sentence: string
    }
  | { readonly code: 'none'; readonly sentence: string }

/** Policy is strict, and a pin does not hold on this boot. */
export interface PinBroken {
  readonly code: 'pin-broken'
  readonly detail: string
  readonly pin: { readonly kind: SegmentKind; readonly mem: string; readonly room: number }
  readonly cause: string
  /** What is in the way; null where nothing is, but the loader's own limits rule the place out. */
  readonly by: { readonly start: string; readonly last: string; readonly why: string } | null
  /** Where the pin would go under `prefer`. */
  readonly nearest: { readonly mem: string; readonly room: number }
}

export interface BadKernelFailure {
  readonly code: BadKernelCode
  readonly detail: string
  readonly offset: number | null
  readonly expected: string
  readonly found: string
}

export type RefusedLoadCode =
  | 'arch-mismatch'
  | 'cmdline-too-long'
  | 'initrd-too-far'
  | 'initrd-too-large'
  | 'no-crashkernel'
  | 'over-half-of-ram'
  | 'fdt-missing'
  | 'memblock-missing'
  | 'unknown-rules'
  | 'exception-without-evidence'

export interface RefusedLoad {
  readonly code: RefusedLoadCode
  readonly detail: string
  /** Of `no-crashkernel`: the reservation that would do. */
  readonly change?: Change
}
