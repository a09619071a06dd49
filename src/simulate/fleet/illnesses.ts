import { chanceOf } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Illness } from './history.ts'

const MINUTE = 60_000
/** Longer than a result counts, so that it is noticed. */
const SHORTEST_MS = 5 * MINUTE
const LONGEST_MS = 15 * MINUTE

/** When what the health gates ask is ill or silent; it always recovers. */
export function illnessesOf(given: {
  readonly seed: number
  readonly count: number
  readonly from: number
  readonly forMs: number
}): Illness[] {
  const { seed, count, from, forMs } = given
  const chance = chanceOf(seed, 'health')
  return Array.from({ length: count }, () => {
    const at = from + chance.between(0, forMs)
    const is = chance.one(['ill', 'silent'] as const)
    return { from: at, until: at + chance.between(SHORTEST_MS, LONGEST_MS), is }
  })
}

/** Answers the health gates: 200, 503 while all is ill, nothing while it is silent. */
export function healthOfAll(clock: Clock, illnesses: readonly Illness[]): typeof globalThis.fetch {
  return async () => {
    const now = clock.now()
    const sick = illnesses.filter((i) => i.from <= now && now < i.until)
    if (sick.some((i) => i.is === 'silent')) throw new Error('no route to host')
    return new Response(null, { status: sick.length > 0 ? 503 : 200 })
  }
}
