import { chanceOf, type Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Seen } from './history.ts'
import type { FaultRates } from './rates.ts'
import type { Fate, Question } from './wire.ts'

const MAX_LATE_MS = 90_000

export interface Fates {
  fateOf(question: Question): Fate
  lateMs(question: Question): number
  /** Resolves as the next report or snapshot is on its way. */
  nextWrite(): Promise<void>
}

/** Draws what becomes of agents' questions; every host has its own luck. An operator's line is good. */
export function fatesOf(given: {
  readonly seed: number
  readonly clock: Clock
  readonly rates: FaultRates
  readonly faultsUntil: () => number
  readonly see: (seen: Seen) => void
}): Fates {
  const { seed, clock, rates, faultsUntil, see } = given
  const writing: (() => void)[] = []
  const chances = new Map<string, Chance>()
  const chanceFor = (host: string): Chance => {
    const chance = chances.get(host) ?? chanceOf(seed, `wire of ${host}`)
    chances.set(host, chance)
    return chance
  }
  const shares: readonly (readonly [Fate, number, string])[] = [
    ['question-lost', rates.questionLost, 'question lost'],
    ['answer-lost', rates.answerLost, 'answer lost'],
    ['doubled', rates.doubled, 'question doubled'],
    ['doubled-at-once', rates.doubledAtOnce, 'question doubled at once'],
    ['answer-late', rates.answerLate, 'answer late'],
  ]
  return {
    nextWrite: () => new Promise((resolve) => void writing.push(resolve)),
    fateOf({ from, method }) {
      const isAgent = from.includes('.')
      if (isAgent && method === 'POST') for (const told of writing.splice(0)) told()
      if (!isAgent || clock.now() >= faultsUntil()) return 'delivered'
      const host = from.split('.')[1] ?? ''
      let drawn = chanceFor(host).fraction() * 1000
      for (const [fate, rate, kind] of shares) {
        drawn -= rate
        if (drawn >= 0) continue
        see({ what: 'fault', at: clock.now(), kind, host })
        return fate
      }
      return 'delivered'
    },
    lateMs: ({ from }) => chanceFor(from.split('.')[1] ?? '').between(1000, MAX_LATE_MS),
  }
}
