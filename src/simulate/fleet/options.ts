import { parseArgs } from 'node:util'
import { reasonOf } from '../../cli/input-error.ts'
import type { FleetOptions } from './run.ts'

export const USAGE = `usage: npm run simulate:fleet [-- --seed N] [--agents N] [--minutes N] [--deterministic]

  --seed N         everything drawn follows from it (1)
  --agents N       emulated hosts with their agents (1000)
  --minutes N      virtual time after which it ends, whatever is left to do (720)
  --deterministic  one agent wakes at a time: the same seed gives the same history
`

/** What the command line asks for, or what is wrong with it. */
export function readOptions(argv: readonly string[]): FleetOptions | { readonly errors: readonly string[] } {
  let values
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        seed: { type: 'string', default: '1' },
        agents: { type: 'string', default: '1000' },
        minutes: { type: 'string', default: '720' },
        deterministic: { type: 'boolean', default: false },
      },
    }).values
  } catch (thrown) {
    return { errors: [reasonOf(thrown)] }
  }
  const errors: string[] = []
  const whole = (name: 'seed' | 'agents' | 'minutes', least: number): number => {
    const text = values[name]
    const n = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < least)
      errors.push(`--${name}: expected a whole number from ${least} on, found ${text}`)
    return n
  }
  const { deterministic } = values
  const options = {
    seed: whole('seed', 0),
    agents: whole('agents', 1),
    minutes: whole('minutes', 1),
    deterministic,
  }
  return errors.length > 0 ? { errors } : options
}
