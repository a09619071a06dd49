import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { reasonOf } from '../cli/input-error.ts'
import { RATES, replacedRates, type Rates } from './rates.ts'

export interface Options {
  readonly folder: string
  readonly only: readonly string[]
  readonly seed: number
  readonly boots: number
  readonly rates: Rates
  /** Where the picture goes. */
  readonly out: string
  readonly json: boolean
  readonly workers: number | undefined
}

export const USAGE = `usage: npm run simulate -- [--seed N] [--boots N] [--only HOST]... [--rates FILE] [--hosts DIR] [--out DIR] [--json] [--workers N]

  --seed N      everything drawn follows from it (1)
  --boots N     boots a host and strategy (1000)
  --only HOST   this host, may be repeated; all of the folder where it is left out
  --rates FILE  JSON object: rates that replace those of the table
  --hosts DIR   captures with what their experiments recorded (those of the repository)
  --out DIR     where simulate.svg goes (simulation)
  --json        the result as JSON instead of a table
  --workers N   threads; 0 for none (as many as there are processors)
`

/** The captures of real hosts that come with the repository: the same from src and from dist. */
const HOSTS = fileURLToPath(new URL('../../test/hosts', import.meta.url))
/** In the current folder; the repository does not keep it. */
const OUT = 'simulation'

/** What the command line asks for, or everything that is wrong with it. */
export function readOptions(argv: readonly string[]): Options | { readonly errors: readonly string[] } {
  const errors: string[] = []
  let values
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        hosts: { type: 'string', default: HOSTS },
        only: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string', default: '1' },
        boots: { type: 'string', default: '1000' },
        rates: { type: 'string' },
        out: { type: 'string', default: OUT },
        json: { type: 'boolean', default: false },
        workers: { type: 'string' },
      },
    }).values
  } catch (thrown) {
    return { errors: [reasonOf(thrown)] }
  }
  const whole = (name: string, text: string, least: number): number => {
    const n = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < least)
      errors.push(`--${name}: expected a whole number from ${least} on, found ${JSON.stringify(text)}`)
    return n
  }
  const options = {
    folder: values.hosts,
    only: values.only,
    seed: whole('seed', values.seed, 0),
    boots: whole('boots', values.boots, 1),
    rates: values.rates === undefined ? RATES : ratesIn(values.rates, errors),
    out: values.out,
    json: values.json,
    workers: values.workers === undefined ? undefined : whole('workers', values.workers, 0),
  }
  return errors.length > 0 ? { errors } : options
}

function ratesIn(file: string, errors: string[]): Rates {
  let given: unknown
  try {
    given = JSON.parse(readFileSync(file, 'utf8'))
  } catch (thrown) {
    errors.push(`${file}: expected a JSON object of rates by name: ${reasonOf(thrown)}`)
    return RATES
  }
  const { rates, bad } = replacedRates(given)
  for (const { pointer, expected, found } of bad)
    errors.push(`${file}${pointer === '' ? '' : ` ${pointer}`}: expected ${expected}; found ${found}`)
  return rates
}
