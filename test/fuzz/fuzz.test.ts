import { expect, test } from 'vitest'
import { fuzz, reportOf } from './fuzz.ts'
import { READERS } from './readers.ts'

/** A few seconds in every test run; `npm run fuzz` sets more. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 20_000)
const SEED = Number(process.env['FUZZ_SEED'] ?? 1)
const LONG_RUN = 6 * 60 * 60 * 1000

test.each(READERS.map((reader) => [reader.name, reader] as const))(
  'the inputs that %s begins with are real: none of them is refused unsoundly',
  (_name, reader) => {
    expect(reader.seeds.length).toBeGreaterThan(0)
    expect(reader.seeds.map((seed) => reader.read(seed).wrong).filter((wrong) => wrong !== null)).toEqual([])
  },
)

test(
  'no reader throws, hangs, or accepts nonsense',
  () => {
    const run = fuzz(RUNS, SEED)
    if (process.env['FUZZ_RUNS']) console.log(reportOf(run, SEED))
    expect(run.failures.map(({ target, input, what, found }) => ({ target, input, what, found }))).toEqual([])
    expect(run.tallies.filter(({ inputs }) => inputs === 0)).toEqual([])
  },
  LONG_RUN,
)

test('a seed gives the same run again', () => {
  const figures = (seed: number) =>
    fuzz(2_000, seed).tallies.map(({ inputs, accepted, ways }) => [inputs, accepted, ways.size])
  expect(figures(7)).toEqual(figures(7))
  expect(figures(7)).not.toEqual(figures(8))
})
