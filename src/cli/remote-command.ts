import type { Command } from 'commander'
import { Option } from 'commander'
import { EXIT, type ExitCode, type Io } from './io.ts'
import type { Asked } from './remote.ts'

const EXITS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'bad usage'],
]

/** Where commands write, and whom they tell how they end. */
export interface Stage {
  readonly io: Io
  readonly done: (code: ExitCode) => void
}

/** One command over the API. */
export interface RemoteCommand {
  readonly description: string
  readonly examples: readonly string[]
  /** What it may leave with beside 0, 1 and 2. */
  readonly exits?: readonly (readonly [ExitCode, string])[]
  /** Imports what it needs when it is asked for. It gets options and operands under their names. */
  readonly start: () => Promise<(asked: Asked<never>) => Promise<ExitCode>>
}

/**
 * Makes a command one that talks to the service: with the options that all of these have, examples and exit codes
 * in its help, and what it does. Options that stand before a subcommand count for it too.
 */
export function remoteCommand(
  command: Command,
  { io, done }: Stage,
  { description, examples, exits = [], start }: RemoteCommand,
): Command {
  const left = [...EXITS, ...exits].map(([code, when]) => `${code} ${when}`)
  return command
    .description(description)
    .option('--server <url>', 'base URL of the service (env: BERTH_SERVER)')
    .option('--key <key>', 'API key; other users of this machine may see it (env: BERTH_KEY)')
    .option('--key-file <file>', 'file with the API key')
    .addOption(
      new Option('--output <form>', "table, or json: the API's own (default: table)").choices([
        'table',
        'json',
      ]),
    )
    .addHelpText(
      'after',
      `\nexamples:\n${examples.map((line) => `  ${line}\n`).join('')}\nexit: ${left.join(', ')}`,
    )
    .action(async () => {
      const operands = command.registeredArguments.map((argument, i) => [
        argument.name(),
        command.processedArgs[i] as unknown,
      ])
      const options = { ...command.parent?.opts(), ...command.opts(), ...Object.fromEntries(operands) }
      done(await (await start())({ options: options as never, io }))
    })
}
