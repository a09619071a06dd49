import type { SegmentKind } from '../names.ts'

/** What happens when a pin no longer holds. */
export const ON_BROKEN = ['strict', 'prefer', 'repin'] as const
export type OnBroken = (typeof ON_BROKEN)[number]

/** How much a segment may grow before its pin has to move: so many hundredths of its size, and at least so many bytes. */
export interface Growth {
  readonly percent: number
  readonly bytes: number
}

/** How a host's pins are made and kept. */
export interface PinPolicy {
  /**
   * - `strict`: no plan, with the cause and the nearest place that would do.
   * - `prefer`: the pin moves there, with the cause.
   * - `repin`: all pins of that purpose are forgotten and made anew, with the cause.
   */
  readonly onBroken: OnBroken
  /** For the kinds that are named; the others grow as `GROWTH` says. */
  readonly headroom: Partial<Readonly<Record<SegmentKind, Growth>>>
  /** Segments that hold secrets: placed at random in each plan, and never pinned. */
  readonly random: readonly SegmentKind[]
}

export const DEFAULT_POLICY: PinPolicy = { onBroken: 'prefer', headroom: {}, random: [] }
