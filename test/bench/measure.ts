/** What several runs of one thing took. Units: microseconds. */
export interface Timing {
  readonly median: number
  /** The median of the distances from the median. */
  readonly mad: number
  readonly runs: number
}

/**
 * Times several things side by side: a round runs each once, so that a machine that slows down in the
 * middle slows all of them. Ends early, after three rounds at least, when `seconds` are over.
 */
export function sideBySide(
  things: readonly (() => unknown)[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Timing[] {
  const started = performance.now()
  for (const thing of things) thing()
  const took: number[][] = things.map(() => [])
  for (let round = 0; round < rounds; round++) {
    if (round >= 3 && performance.now() - started > seconds * 1000) break
    for (const [i, thing] of things.entries()) {
      const began = performance.now()
      thing()
      took[i]?.push((performance.now() - began) * 1000)
    }
  }
  return took.map((times) => {
    const middle = medianOf(times)
    return { median: middle, mad: medianOf(times.map((t) => Math.abs(t - middle))), runs: times.length }
  })
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2
}
