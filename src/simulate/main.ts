import { SingleBar } from 'cli-progress'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reasonOf } from '../cli/input-error.ts'
import { EXIT, type ExitCode } from '../cli/io.ts'
import { readOptions, USAGE } from './options.ts'
import { runPlot } from './plot.ts'
import { pinsHeld, runJson, runTable } from './report.ts'
import { simulate } from './simulate.ts'

/** `npm run simulate`: leaves with 1 where a pin moved for no reason, or a pinned plan was unsafe. */
async function main(argv: readonly string[]): Promise<ExitCode> {
  if (argv.includes('--help')) {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  const options = readOptions(argv)
  if ('errors' in options) {
    process.stderr.write(options.errors.map((line) => `simulate: ${line}\n`).join('') + USAGE)
    return EXIT.usage
  }
  const bar = new SingleBar({
    format: '{bar} {value}/{total} hosts  {host}',
    hideCursor: true,
    clearOnComplete: true,
  })
  const shows = process.stderr.isTTY
  const progress = (host: string | null, total: number): void => {
    if (host === null) bar.start(total, 0, { host: '' })
    else bar.increment(1, { host })
  }
  const { workers, ...rest } = options
  try {
    const run = await simulate({
      ...rest,
      ...(workers === undefined ? {} : { workers }),
      ...(shows ? { progress } : {}),
    })
    bar.stop()
    mkdirSync(options.out, { recursive: true })
    writeFileSync(join(options.out, 'simulate.svg'), runPlot(run))
    process.stdout.write(options.json ? runJson(run) : runTable(run))
    return pinsHeld(run) ? EXIT.ok : EXIT.failed
  } catch (thrown) {
    bar.stop()
    process.stderr.write(`simulate: ${reasonOf(thrown)}\n`)
    return EXIT.failed
  }
}

process.exitCode = await main(process.argv.slice(2))
