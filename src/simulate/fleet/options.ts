import { parseArgs } from 'node:util'
import { reasonOf } from '../../cli/input-error.ts'
import type { FleetOptions } from './run.ts'

export const USAGE = `usage: npm run simulate:fleet [-- --seed N | --seeds N-N] [--agents N] [--minutes N] [--deterministic]
                                  [--history DIR]

  --seed N         everything drawn follows from it (1)
  --seeds N-N      one run for each, one after the other, and a line of a table for each
  --agents N       emulated hosts with their agents (1000)
  --minutes N      virtual time after which it ends, whatever is left to do (720)
  --deterministic  one agent wakes at a time: the same seed gives the same history
  --history DIR    where the history of a run is written that has violated anything, as seed-N.json
`

export interface Asked extends Omit<FleetOptions, 'seed'> {
  readonly seeds: readonly number[]
  /** A line of a table for each run, in place of all that can be told of one. */
  readonly isTable: boolean
  /** Where histories with violations are kept; nowhere where it is null. */
  readonly historyIn: string | null
}

/** What the command line asks for, or what is wrong with it. */
export function readOptions(argv: readonly string[]): Asked | { readonly errors: readonly string[] } {
  let values
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        agents: { type: 'string', default: '1000' },
        minutes: { type: 'string', default: '720' },
        deterministic: { type: 'boolean', default: false },
        history: { type: 'string' },
      },
    }).values
  } catch (thrown) {
    return { errors: [reasonOf(thrown)] }
  }
  const errors: string[] = []
  const whole = (name: string, text: string, least: number): number => {
    const n = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < least)
      errors.push(`--${name}: expected a whole number from ${least} on, found ${text}`)
    return n
  }
  const { deterministic, seed, seeds, history } = values
  if (seed !== undefined && seeds !== undefined) errors.push('either --seed or --seeds')
  const [first = '', last] = seeds?.split('-') ?? [seed ?? '1']
  const from = whole(seeds === undefined ? 'seed' : 'seeds', first, 0)
  const to = last === undefined ? from : whole('seeds', last, from)
  const options = {
    seeds: errors.length > 0 ? [] : Array.from({ length: to - from + 1 }, (_, i) => from + i),
    agents: whole('agents', values.agents, 1),
    minutes: whole('minutes', values.minutes, 1),
    isTable: seeds !== undefined,
    historyIn: history ?? null,
    deterministic,
  }
  return errors.length > 0 ? { errors } : options
}
