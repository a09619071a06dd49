import type { Random } from '../../src/agent/pace.ts'

/** A seeded source: the same numbers in every run. Source: Lehmer's generator with Park and Miller's factor. */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return (state - 1) / 2147483646
  }
}
