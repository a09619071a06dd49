import type { Random } from './random.ts'

/**
 * How much the boots of one host differ. Odds are from 0 through 1; a span is the most that something
 * moves or grows. Which captures each is fitted to stands beside the table that fills this in.
 *
 * Units: bytes, pages where the name says so.
 */
export interface BootVariation {
  readonly small_shift: number
  readonly small_shift_pages: number
  readonly large_shift: number
  readonly large_shift_bytes: number
  readonly stub_shift: number
  readonly stub_shift_bytes: number
  readonly table_shift: number
  readonly table_shift_bytes: number
  readonly table_clearance_bytes: number
  readonly initrd_grows: number
  readonly initrd_growth_bytes: number
  readonly initrd_growth_most_bytes: number
  readonly dtb_grows: number
  readonly dtb_growth_bytes: number
  readonly dtb_growth_most_bytes: number
  readonly efi_map_splits: number
  readonly firmware_change: number
  readonly firmware_move_bytes: number
}

/** A stream of its own for each thing that varies: what one boot draws more of changes nothing else. */
export type Draws = (what: string) => Random

const FINE = 1_000_000

/** True with the given odds. */
export function happens(random: Random, odds: number): boolean {
  return random.below(FINE) < odds * FINE
}

/** With the given odds a multiple of `step` up to `bytes`, else 0. Units: bytes. */
export function drawnShift(
  random: Random,
  { odds, bytes, step }: { readonly odds: number; readonly bytes: number; readonly step: number },
): number {
  const steps = Math.floor(bytes / step)
  return steps > 0 && happens(random, odds) ? step * (1 + random.below(steps)) : 0
}
