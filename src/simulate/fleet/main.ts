import { reasonOf } from '../../cli/input-error.ts'
import { EXIT, type ExitCode } from '../../cli/io.ts'
import { readOptions, USAGE } from './options.ts'
import { fleetTable, verdictsOf, violationsOf } from './report.ts'
import { runFleet } from './run.ts'

/** `npm run simulate:fleet`: leaves with 1 where any invariant was violated. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  const options = readOptions(argv)
  if ('errors' in options) {
    process.stderr.write(options.errors.map((line) => `simulate:fleet: ${line}\n`).join('') + USAGE)
    return EXIT.usage
  }
  try {
    const progress = (sentence: string): void => void process.stderr.write(`${sentence}\n`)
    const run = await runFleet({ ...options, ...(process.stderr.isTTY && { progress }) })
    const verdicts = verdictsOf(run)
    process.stdout.write(fleetTable(run, verdicts))
    return violationsOf(verdicts) === 0 ? EXIT.ok : EXIT.failed
  } catch (thrown) {
    process.stderr.write(`simulate:fleet: ${reasonOf(thrown)}\n`)
    return EXIT.failed
  }
}

process.exitCode = await main(process.argv.slice(2))
