import { sha256 } from '../../agent/index.ts'
import { seededRandom, seedOf } from '../../machine/random.ts'

/** Chance that follows from a seed and a name: what one host draws changes nothing for another. */
export interface Chance {
  /** From 0 up to but not including 1. */
  fraction(): number
  /** An integer from `least` through `most`. */
  between(least: number, most: number): number
  /** True in so many of a thousand cases. */
  perMille(rate: number): boolean
  one<T>(of: readonly T[]): T
}

const FINE = 1_000_000

export function chanceOf(seed: number, name: string): Chance {
  const random = seededRandom(seedOf(sha256(`${seed} ${name}`)))
  const fraction = (): number => random.below(FINE) / FINE
  return {
    fraction,
    between: (least, most) => least + random.below(most - least + 1),
    perMille: (rate) => fraction() * 1000 < rate,
    one: (of) => of[random.below(of.length)] as (typeof of)[number],
  }
}
