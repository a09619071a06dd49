import { hex } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'

export const CAUSE_CODES = [
  // What one may book and the other may not.
  'memblock-only-reserved',
  'reserved',
  'running-kernel',
  'no-mapping',
  'stale-reserved',
  'second-level-reserved',
  'crash-reservation',
  'iomem-line',
  'firmware-map-has-more',
  'firmware-map-has-less',
  'hazard',
  'protected',
  'unstable-ground',
  'handover-scratch',
  'not-ram',
  'range-borders',
  // How they search.
  'walk-order',
  'direction',
  'top-down-off-by-one',
  'tools-arithmetic',
  // What they ask for.
  'headroom',
  'size',
  'alignment',
  'limits',
  // What came before.
  'follows',
  'pins-kept-free',
  'kept-pin',
  // What the other lacks altogether.
  'only-there',
  'no-plan',
  'not-reached',
  'cause-unknown',
] as const
export type CauseCode = (typeof CAUSE_CODES)[number]

/** Why two loaders differ, with the ranges that are the evidence; in wire form. */
export interface Cause {
  readonly code: CauseCode
  readonly ranges: readonly { readonly start: string; readonly last: string }[]
  readonly sentence: string
}

export function cause(code: CauseCode, sentence: string, ranges: readonly Range[] = []): Cause {
  return { code, ranges: ranges.map((r) => ({ start: hex(r.start), last: hex(r.last) })), sentence }
}
