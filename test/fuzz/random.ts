/** A stream of numbers that one seed repeats exactly; nothing else in the fuzzer is random. */
export interface Random {
  /** An integer from 0 to below `n`. */
  below(n: number): number
  pick<T>(from: readonly T[]): T
  /** True once in `n` times. */
  once(n: number): boolean
}

/** Source: Mulberry32, public domain. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    below,
    pick: (from) => {
      if (from.length === 0) throw new RangeError('nothing to pick from')
      return from[below(from.length)] as (typeof from)[number]
    },
    once: (n) => below(n) === 0,
  }
}
