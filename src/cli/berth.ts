#!/usr/bin/env node
import type { Io } from './io.ts'

// Only the subcommand asked for is loaded, and `plan` of files not even with the option parser of the others:
// other tools call it once for each host, and it should cost little more than starting node.
const io: Io = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}
const [name = '', ...rest] = process.argv.slice(2)
if (name === 'plan' && (rest[0] ?? '-').startsWith('-')) {
  const { planCommand } = await import('./plan.ts')
  process.exitCode = planCommand(rest, io)
} else {
  const { runProgram } = await import('./program.ts')
  const { terminalOf } = await import('./terminal.ts')
  const { isTTY } = process.stderr
  const shown = { ...io, color: terminalOf().colour, ...(isTTY && { progress: process.stderr }) }
  process.exitCode = await runProgram([name, ...rest], shown)
}
