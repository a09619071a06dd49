import type { Command } from 'commander'
import { EXIT, type ExitCode } from './io.ts'

const EXITS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'bad usage'],
]

/** What the help of a command says beside its options. */
export interface Explained {
  readonly description: string
  readonly examples: readonly string[]
  /** What it may leave with beside 0, 1 and 2. */
  readonly exits?: readonly (readonly [ExitCode, string])[]
}

/** Gives a command its description, examples and exit codes. */
export function explained(command: Command, { description, examples, exits = [] }: Explained): Command {
  const left = [...EXITS, ...exits].map(([code, when]) => `${code} ${when}`)
  const lines = examples.map((line) => `  ${line}\n`).join('')
  return command
    .description(description)
    .addHelpText('after', `\nexamples:\n${lines}\nexit: ${left.join(', ')}`)
}
