import type { SegmentKind } from '../names.ts'

/** Why there are none. */
export type GroupRefusal = { readonly code: 'arch-mismatch'; readonly detail: string } | NoCommonGround

/** Who stands in the way, and what it would cost to leave them out. */
export interface NoCommonGround {
  readonly code: 'no-common-ground'
  readonly detail: string
  /** The segment that found no common place; null where a member has no plan at all. */
  readonly kind: SegmentKind | null
  readonly in_the_way: readonly InTheWay[]
  /** Together enough: without these the others have a common place. */
  readonly leave_out: readonly string[]
  /** Where that is; null where nobody would be left. */
  readonly without_them: Without | null
}

/** Where the rest of a group would lie. Units: bytes. */
export interface Without {
  readonly pins: readonly { readonly kind: SegmentKind; readonly mem: string; readonly room: number }[]
  readonly hosts: number
  /** Stable ground that the rest shares, and how much more that is than what all share. */
  readonly ground: number
  readonly gained: number
}

/** Hosts that stand in the way, for one reason. Wire form. Units: bytes. */
export interface InTheWay {
  /** Of one layout: they stand or fall together. Left out, each of them keeps pins of its own. */
  readonly hosts: readonly string[]
  readonly because: string
  /** What holds the place there; null where nothing does, but the loader would not go there. */
  readonly by: { readonly start: string; readonly last: string; readonly why: string } | null
  /** Bytes of the others' place that are not free there. */
  readonly short: number
  /** Where the others would lie without these hosts; null where leaving these out is not enough. */
  readonly without_it: Without | null
}
