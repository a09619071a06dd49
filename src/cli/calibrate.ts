import { calibrate } from '../planner/calibrate/calibrate.ts'
import { readDebugLines } from '../planner/calibrate/debug-lines.ts'
import { explainFailure } from '../planner/plan/explain.ts'
import { inputErrorLine } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { readTextFile } from './json-file.ts'
import { headAloneSentence, isHeadAlone, sha256 } from './plan.ts'
import { planRequest, readFiles } from './plan-files.ts'
import { readPlanOptions } from './plan-options.ts'

const USAGE = `usage: berth calibrate --capture DIR --kernel FILE --debug FILE [options of berth plan]

Compares one trial load, as the running kernel logged it, with what the rules of its release say: confirms
them, or names the rules that explain the load. The options say what was loaded, as for \`berth plan\`.

  --debug FILE            the kernel log of one kexec_file_load, with KEXEC_FILE_DEBUG (kexec -s -d) or with
                          dyndbg="file kexec_file.c +p; file kexec-bzimage64.c +p; file machine_kexec_file.c +p"

Prints {"arch", "release", "rules", "facts", "confirmed", "differences"} as JSON: rules and facts are what
PUT /v1/groups/{group}/calibrations/{arch}/{release} keeps, and what \`berth plan --calibration\` reads.

examples:
  berth calibrate --capture captures/web-7 --kernel vmlinuz --debug load.log > found.json

exit: 0 confirmed, 1 bad input, 2 bad usage, 3 no rules explain the load
`

/** `berth calibrate`: what one trial load teaches about a release, offline, from files alone. */
export function calibrateCommand(argv: readonly string[], io: Io): ExitCode {
  const { debug, rest } = withoutDebug(argv)
  const read = readPlanOptions(rest)
  if (!read.ok) return usage(io, read.error)
  if (read.value === 'help') {
    io.out(USAGE)
    return EXIT.ok
  }
  if (!debug) return usage(io, '--debug is missing')
  const options = read.value
  const files = readFiles(options)
  const text = readTextFile(debug)
  const errors = [...(files.ok ? [] : files.error), ...(text.ok ? [] : [text.error])]
  for (const error of errors) io.err(`${inputErrorLine(error)}\n`)
  if (!files.ok || !text.ok) return EXIT.failed
  if (isHeadAlone(options, files.value.kernel)) return usage(io, headAloneSentence(options))

  const lines = readDebugLines(text.value)
  if (!lines.ok) {
    io.err(`${inputErrorLine({ file: debug, column: null, ...lines.error })}\n`)
    return EXIT.failed
  }
  const made = calibrate(planRequest(options, files.value), lines.value, sha256)
  if (!made.ok) {
    io.err(`${options.kernel}: ${made.error.code}: ${explainFailure(made.error)}\n`)
    return EXIT.failed
  }
  io.out(`${JSON.stringify(made.value, null, options.json ? 0 : 2)}\n`)
  return made.value.confirmed ? EXIT.ok : EXIT.unconfirmed
}

/** The one option that `berth plan` does not have. */
function withoutDebug(argv: readonly string[]): { debug: string | null; rest: readonly string[] } {
  const at = argv.findIndex((word) => word === '--debug' || word.startsWith('--debug='))
  if (at < 0) return { debug: null, rest: argv }
  const word = argv[at] as string
  const joined = word.startsWith('--debug=')
  const debug = joined ? word.slice('--debug='.length) : (argv[at + 1] ?? null)
  return { debug, rest: [...argv.slice(0, at), ...argv.slice(at + (joined ? 1 : 2))] }
}

function usage(io: Io, sentence: string): ExitCode {
  io.err(`berth calibrate: ${sentence}\n\n${USAGE}`)
  return EXIT.usage
}
