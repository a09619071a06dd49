import { compare } from '../planner/plan/compare.ts'
import { compareText } from '../planner/plan/compare-text.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { headAloneSentence, isHeadAlone, sha256 } from './plan.ts'
import { planRequest, readFiles } from './plan-files.ts'
import { readPlanOptions } from './plan-options.ts'

const USAGE = `usage: berth compare --capture DIR --kernel FILE [options]

Where kexec_file, kexec-tools and a pinned plan would load the same kernel, where they differ, and why.
Takes the options of \`berth plan\`; --strategy does not count, and --json prints all of it as one object.

examples:
  berth compare --capture captures/web-7 --kernel vmlinuz --initrd-size 83886080

exit: 0 compared, 1 bad input, 2 bad usage, 3 no strategy has a plan
`

/** `berth compare`: one load by every strategy, offline, from files alone. */
export function compareCommand(argv: readonly string[], io: Io): ExitCode {
  const options = readPlanOptions(argv)
  if (!options.ok) {
    io.err(`berth compare: ${options.error}\n\n${USAGE}`)
    return EXIT.usage
  }
  if (options.value === 'help') {
    io.out(USAGE)
    return EXIT.ok
  }
  const files = readFiles(options.value)
  if (!files.ok) {
    for (const error of files.error) io.err(`${inputErrorLine(error)}\n`)
    return EXIT.failed
  }
  if (isHeadAlone(options.value, files.value.kernel)) {
    io.err(`berth compare: ${headAloneSentence(options.value)}\n\n${USAGE}`)
    return EXIT.usage
  }
  const { kernel, json } = options.value
  const request = planRequest(options.value, files.value)
  const comparison = compare(request, { kernel, initrd: 'INITRD' }, sha256)
  io.out(json ? `${JSON.stringify(comparison)}\n` : compareText(comparison))
  return comparison.loads.some((load) => load.plan) ? EXIT.ok : EXIT.noHole
}
