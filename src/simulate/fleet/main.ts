import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../cli/input-error.ts'
import { EXIT, type ExitCode } from '../../cli/io.ts'
import { readOptions, USAGE } from './options.ts'
import { fleetTable, seedLine, SEED_TABLE, verdictsOf, violationsOf } from './report.ts'
import { runFleet, type FleetRun } from './run.ts'

/** `npm run simulate:fleet`: leaves with 1 where any invariant was violated. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  const asked = readOptions(argv)
  if ('errors' in asked) {
    process.stderr.write(asked.errors.map((line) => `simulate:fleet: ${line}\n`).join('') + USAGE)
    return EXIT.usage
  }
  const { seeds, isTable, historyIn, ...options } = asked
  const progress = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
  let exit: ExitCode = EXIT.ok
  if (isTable) process.stdout.write(SEED_TABLE)
  for (const seed of seeds) {
    try {
      const run = await runFleet({ ...options, seed, ...(process.stderr.isTTY && { progress }) })
      const verdicts = verdictsOf(run)
      const isWell = violationsOf(verdicts) === 0
      // What was violated has to be told, also where a line is enough for everything else.
      if (isTable && !isWell) process.stderr.write(fleetTable(run, verdicts))
      process.stdout.write(isTable ? seedLine(run, verdicts) : fleetTable(run, verdicts))
      if (!isWell) exit = EXIT.failed
      if (!isWell && historyIn !== null) await keep(run, historyIn)
    } catch (thrown) {
      process.stderr.write(`simulate:fleet: seed ${seed}: ${reasonOf(thrown)}\n`)
      exit = EXIT.failed
    }
  }
  return exit
}

/** What a finding goes by is gone with the run otherwise. */
async function keep({ options, history }: FleetRun, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const plain = (_name: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value instanceof Set ? [...value] : value
  await writeFile(join(folder, `seed-${options.seed}.json`), JSON.stringify(history, plain))
}

process.exitCode = await main(process.argv.slice(2))
