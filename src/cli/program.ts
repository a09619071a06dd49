import { PURPOSES } from '../planner/names.ts'
import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addFleetCommands } from './fleet-commands.ts'
import { reasonOf } from './input-error.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { addPinCommands } from './pin-commands.ts'
import { addPolicyCommands } from './policy-commands.ts'
import { addRolloutCommands } from './rollout-commands.ts'
import { readSize } from './size.ts'

const IDENTITY_FILE = '/var/lib/berth/identity.json'
const KEY_ROLES = ['viewer', 'operator', 'admin'] as const

/**
 * Runs one subcommand of `berth`. What a subcommand needs is imported when it is asked for.
 *
 * Errors: the exit code; a fault that a subcommand throws is one sentence on standard error.
 */
export async function runProgram(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const program = programOf(io, (exit) => {
    code = exit
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

function programOf(io: Io, done: (code: ExitCode) => void): Command {
  const program = new Command('berth')
    .description("Where in physical memory will this host's next kernel be loaded?")
    .version(packageVersion())
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()

  program
    .command('plan')
    .description('compute a plan offline, from a capture folder (see: berth plan --help)')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      done((await import('./plan.ts')).planCommand(command.args, io)),
    )

  program
    .command('compare')
    .description('the same load by every strategy, side by side (see: berth compare --help)')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      done((await import('./compare.ts')).compareCommand(command.args, io)),
    )

  program
    .command('calibrate')
    .description("compare one trial load's log with the rules (see: berth calibrate --help)")
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, command: Command) =>
      done((await import('./calibrate.ts')).calibrateCommand(command.args, io)),
    )

  program
    .command('diff')
    .description(
      'what differs between the memory of two boots; exit 0 when nothing does, 4 when something does',
    )
    .argument('<before>', 'capture folder')
    .argument('<after>', 'capture folder')
    .option('--json', 'one JSON object on one line', false)
    .action(async (before: string, after: string, options: { json: boolean }) =>
      done(await (await import('./diff.ts')).diffCommand({ before, after, ...options }, io)),
    )

  program
    .command('group-pins')
    .description('one address a segment for many captured hosts, or who stands in the way (exit 3); offline')
    .argument('<dirs...>', 'capture folders, one a host')
    .requiredOption('--kernel <file>', 'the whole image, or its first 4 KiB together with --kernel-size')
    .option('--kernel-size <size>', 'of the whole image; bytes, or as 14M', readSize)
    .option('--initrd-size <size>', 'none when left out', readSize)
    .option('--cmdline <text>', 'command line of the next kernel', '')
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES).default('reboot'))
    .option('--pins <file>', 'pins to keep where they hold on all: a JSON list')
    .option('--json', 'one JSON object on one line', false)
    .action(async (dirs: string[], options) =>
      done((await import('./group-pins.ts')).groupPinsCommand({ dirs, ...options }, io)),
    )

  program
    .command('capture')
    .description('write what this host knows of its memory into a folder; as root, or addresses are masked')
    .argument('<dir>', 'folder to write')
    .option('--root <dir>', 'read the files of another root', '/')
    .action(async (dir: string, options: { root: string }) =>
      done(await (await import('./capture.ts')).captureCommand({ dir, ...options }, io)),
    )

  program
    .command('elfcorehdr')
    .description('write the core headers that a crash kernel of a captured host would be handed')
    .requiredOption('--capture <dir>', 'capture folder')
    .requiredOption('--out <file>', 'file to write')
    .action(async (options: { capture: string; out: string }) =>
      done((await import('./elfcorehdr.ts')).elfcorehdrCommand(options, io)),
    )

  program
    .command('serve')
    .description('run the service; it is told everything by its environment (see README)')
    .action(async () => (await import('./serve.ts')).serveCommand())

  program
    .command('key')
    .description('API keys, made directly in the database')
    .command('create')
    .description('make an API key and print it, this once')
    .addOption(new Option('--role <role>', 'what it may do').choices(KEY_ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'whose it is')
    .option('--expires-in <seconds>', 'when it ends; never when left out', positive)
    .action(async (options) => done(await (await import('./key-create.ts')).keyCreateCommand(options, io)))

  const stage = { io, done }
  addPinCommands(program.command('pins'), stage)
  addPolicyCommands(program.command('policy'), stage)
  addFleetCommands(program, stage)
  addRolloutCommands(program, stage)

  addAgentCommands(program.command('agent').description('the agent of one host'), io, done)

  program
    .command('demo')
    .description('a fleet of emulated hosts, two boots each, over the real service')
    .option('--keep', 'stay up afterwards and print the URLs', false)
    .action(async (options: { keep: boolean }) =>
      done(await (await import('./demo.ts')).demoCommand(options, io)),
    )
  return program
}

function addAgentCommands(agent: Command, io: Io, done: (code: ExitCode) => void): void {
  const identity = () => new Option('--identity <file>', 'who this host is; a secret').default(IDENTITY_FILE)
  const emulate = () =>
    new Option('--emulate <dir>', 'the emulated host of a capture folder').makeOptionMandatory()
  const hooks = () => new Option('--hooks <dir>', 'folder with pre-load.d, pre-exec.d and post-boot.d')
  const block = () => new Option('--block <file>', 'no reboot while this file exists')

  agent
    .command('enroll')
    .description('trade an enrolment token for the credential of this host')
    .requiredOption('--server <url>', 'base URL of the service')
    .addOption(new Option('--token <token>', 'the token').env('BERTH_ENROLLMENT_TOKEN').makeOptionMandatory())
    .addOption(identity())
    .option('--emulate <dir>', 'enrol the emulated host of a capture folder, not this one')
    .action(async (options) =>
      done(await (await import('./agent-enroll.ts')).agentEnrollCommand(options, io)),
    )

  agent
    .command('once')
    .description('post a snapshot, apply what is assigned, post the next boot')
    .addOption(identity())
    .addOption(emulate())
    .addOption(hooks())
    .addOption(block())
    .option('--wait <seconds>', 'how long to wait for an assignment, 60 at most', waitSeconds, 0)
    .action(async (options) => done(await (await import('./agent-once.ts')).agentOnceCommand(options, io)))

  agent
    .command('run')
    .description('the same again and again, until a signal')
    .addOption(identity())
    .addOption(emulate())
    .addOption(hooks())
    .addOption(block())
    .action(async (options) => done(await (await import('./agent-run.ts')).agentRunCommand(options, io)))
}

function positive(text: string): number {
  const n = Number(text)
  if (!Number.isSafeInteger(n) || n < 1) throw new InvalidArgumentError('A whole number from 1 on is wanted.')
  return n
}

function waitSeconds(text: string): number {
  const n = Number(text)
  if (!Number.isInteger(n) || n < 0 || n > 60) throw new InvalidArgumentError('0 to 60 is wanted.')
  return n
}

/** The same file from src and from dist: both lie beside it. */
function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
