import { Argument, Command, CommanderError, Option } from 'commander'
import { addAccessCommands } from './access-commands.ts'
import { addAgentCommands } from './agent-commands.ts'
import { addAuditCommands } from './audit-commands.ts'
import { addDatabaseCommands } from './database-commands.ts'
import { addExceptionCommands, addRebootRuleCommands } from './exception-commands.ts'
import { explained } from './explained.ts'
import { addFleetCommands } from './fleet-commands.ts'
import { addHostCommands, addSnapshotCommands } from './host-commands.ts'
import { reasonOf } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { addLeaseCommands } from './lease-commands.ts'
import { addMapCommand } from './map-commands.ts'
import { addHostLocalCommands, addOfflineCommands } from './offline-commands.ts'
import { packageVersion } from './package-version.ts'
import { addPauseCommands } from './pause-commands.ts'
import { addPinCommands } from './pin-commands.ts'
import { addBootEntryCommands, addPlanCommands } from './plan-commands.ts'
import { addPolicyCommands } from './policy-commands.ts'
import { addRolloutCommands } from './rollout-commands.ts'
import type { Stage } from './remote-command.ts'
import { addWebhookCommands } from './webhook-commands.ts'

const EXITS = `
exit:
  0  done
  1  failed: the input, or the service, was at fault
  2  the command line was wrong
  3  refused: there is no place, or no rules explain what was seen
  4  what was compared differs

Where the service is: --server and --key-file, or BERTH_SERVER and BERTH_KEY.
Help with examples: berth COMMAND --help`

/**
 * Runs one subcommand of `berth`. What a subcommand needs is imported when it is asked for.
 *
 * Errors: the exit code; a fault that a subcommand throws is one sentence on standard error.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  // Whether to colour is known once the options are read.
  const shown = { ...io }
  const program = programOf(shown, (exit) => {
    code = exit
  })
  program.hook('preAction', () => {
    const { color } = program.opts<{ color?: string }>()
    if (color !== undefined && color !== 'auto') shown.color = color === 'always'
  })
  try {
    await program.parseAsync(
      argv.filter((word, i) => i > 0 || word !== ''),
      { from: 'user' },
    )
    return code
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage
    io.err(`berth: ${reasonOf(thrown)}\n`)
    return EXIT.failed
  }
}

/** The tree of commands; what one leaves with goes to `done`. */
export function programOf(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('berth')
    .description("Where in physical memory will this host's next kernel be loaded?")
    .version(packageVersion())
    .addOption(
      new Option('--color <when>', 'colours; auto: on a terminal (env: NO_COLOR, FORCE_COLOR)').choices([
        'auto',
        'always',
        'never',
      ]),
    )
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .addHelpText('after', EXITS)
    .exitOverride()
  const stage = { io, done }

  program.commandsGroup('From files, without a service:')
  addOfflineCommands(program, stage)
  addMapCommand(program, stage)
  const plan = program.commands.find((command) => command.name() === 'plan') as Command
  addPlanCommands(plan.helpOption('-h, --help'), stage)
  plan.helpOption(false)

  program.commandsGroup('On a host:')
  addHostLocalCommands(program, stage)
  addAgentCommands(program.command('agent').description('the agent of one host'), stage)

  program.commandsGroup('Hosts and plans:')
  addHostCommands(program, stage)
  addSnapshotCommands(program, stage)
  addBootEntryCommands(program, stage)
  addPinCommands(program.command('pins'), stage)
  addPolicyCommands(program.command('policy'), stage)

  program.commandsGroup('Fleet and rollouts:')
  addFleetCommands(program, stage)
  addRolloutCommands(program, stage)
  addPauseCommands(program, stage)
  addLeaseCommands(program, stage)
  addRebootRuleCommands(program, stage)
  addExceptionCommands(program, stage)

  program.commandsGroup('The service:')
  addAccessCommands(program, stage)
  addAuditCommands(program, stage)
  addWebhookCommands(program, stage)
  addServiceCommands(program, stage)
  addDatabaseCommands(program, stage)
  return program
}

function addServiceCommands(program: Command, { io, done }: Stage): void {
  explained(program.command('serve'), {
    description: 'run the service; it is told everything by its environment (see docs/reference/config.md)',
    examples: ['BERTH_DATABASE_URL=file:/var/lib/berth/berth.db berth serve'],
  }).action(async () => (await import('./serve.ts')).serveCommand())

  explained(program.command('demo'), {
    description: 'a fleet of emulated hosts, two boots each, over the real service',
    examples: ['berth demo', 'berth demo --keep'],
  })
    .option('--keep', 'stay up afterwards and print the URLs', false)
    .action(async (options: { keep: boolean }) =>
      done(await (await import('./demo.ts')).demoCommand(options, io)),
    )

  explained(program.command('completion'), {
    description: 'print what lets a shell complete commands and options',
    examples: ['source <(berth completion bash)', 'berth completion fish | source'],
  })
    .addArgument(new Argument('<shell>', 'for which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') =>
      io.out((await import('./completion.ts')).completionText(program, shell)),
    )
}
