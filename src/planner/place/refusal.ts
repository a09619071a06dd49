import type { Range } from '../bytes/range.ts'
import type { KexecBuf } from './kexec-buf.ts'
import type { Walk } from './walk.ts'

/** Why one range of the walk has no place for a buf. `short` counts the bytes missing. */
export type Because =
  | { readonly code: 'too-small'; readonly short: number }
  | { readonly code: 'below-min' }
  | { readonly code: 'above-max' }
  | { readonly code: 'no-aligned-hole'; readonly short: number }
  | { readonly code: 'taken'; readonly by: Range }
  | { readonly code: 'wrapped' }

export interface Refusal {
  readonly range: Range
  readonly because: Because
}

/** No range of the walk holds the buf; one refusal for each range that was walked. */
export interface NoHole {
  readonly code: 'no-hole'
  readonly buf: KexecBuf
  readonly refusals: readonly Refusal[]
  /** The kernel's arithmetic ran below zero: it gives up there and then, whatever else is free. */
  readonly wrapped: boolean
  /** The searches that were made, in their order; none succeeded. */
  readonly walks?: readonly Walk[]
}
