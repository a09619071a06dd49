import { Option, type Command } from 'commander'
import { explained } from './explained.ts'
import type { ExitCode, Io } from './io.ts'
import type { Asked } from './remote.ts'
import { withTlsOptions } from './tls-options.ts'

const OUTPUTS = ['table', 'json', 'yaml']

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
  readonly exits?: readonly (readonly [ExitCode, string])[] | undefined
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
  const explaining = explained(command, { description, examples, exits })
  return withTlsOptions(explaining.option('--server <url>', 'base URL of the service (env: BERTH_SERVER)'))
    .option('--key <key>', 'API key; other users of this machine may see it (env: BERTH_KEY)')
    .option('--key-file <file>', 'file with the API key')
    .addOption(
      new Option('--output <form>', "table; json or yaml: the API's own (default: table)").choices(OUTPUTS),
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
