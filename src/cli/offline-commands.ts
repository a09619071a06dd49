import { Option, type Command } from 'commander'
import { PURPOSES } from '../planner/names.ts'
import { explained } from './explained.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import type { Stage } from './remote-command.ts'
import { readSize } from './size.ts'
import { withTlsOptions } from './tls-options.ts'

const LOAD = '--capture captures/web-7 --kernel vmlinuz --initrd-size 80M'

/** Commands over files alone, without any service. */
export function addOfflineCommands(program: Command, { io, done }: Stage): void {
  whole(program.command('plan'), async () => (await import('./plan.ts')).planCommand, { io, done })
    .description('compute a plan offline, from a capture folder; make, list, show plans of the service')
    .addHelpText('after', `\nexamples:\n  berth plan ${LOAD}\n`)
  whole(program.command('compare'), async () => (await import('./compare.ts')).compareCommand, { io, done })
    .description('the same load by every strategy, side by side')
    .addHelpText('after', `\nexamples:\n  berth compare ${LOAD}\n`)
  whole(program.command('calibrate'), async () => (await import('./calibrate.ts')).calibrateCommand, {
    ...{ io, done },
  })
    .description("compare one trial load's log with the rules")
    .addHelpText('after', `\nexamples:\n  berth calibrate ${LOAD} --debug load.log\n`)

  explained(program.command('diff'), {
    description: 'what differs between the memory of two boots',
    examples: ['berth diff captures/web-7-monday captures/web-7-tuesday'],
    exits: [[EXIT.differ, 'something differs']],
  })
    .argument('<before>', 'capture folder')
    .argument('<after>', 'capture folder')
    .option('--json', 'one JSON object on one line', false)
    .action(async (before: string, after: string, options: { json: boolean }) =>
      done(await (await import('./diff.ts')).diffCommand({ before, after, ...options }, io)),
    )

  explained(program.command('group-pins'), {
    description: 'one address a segment for many captured hosts, or who stands in the way; offline',
    examples: ['berth group-pins captures/* --kernel vmlinuz --initrd-size 80M'],
    exits: [[EXIT.noHole, 'no place is free on all of them']],
  })
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
}

/** Commands that look at the host on which they run, or write what one would be handed. */
export function addHostLocalCommands(program: Command, { io, done }: Stage): void {
  explained(program.command('capture'), {
    description: 'write what this host knows of its memory into a folder; as root, or addresses are masked',
    examples: ['sudo berth capture captures/web-7'],
  })
    .argument('<dir>', 'folder to write')
    .option('--root <dir>', 'read the files of another root', '/')
    .action(async (dir: string, options: { root: string }) =>
      done(await (await import('./capture.ts')).captureCommand({ dir, ...options }, io)),
    )

  explained(program.command('elfcorehdr'), {
    description: 'write the core headers that a crash kernel of a captured host would be handed',
    examples: ['berth elfcorehdr --capture captures/web-7 --out elfcorehdr.bin'],
  })
    .requiredOption('--capture <dir>', 'capture folder')
    .requiredOption('--out <file>', 'file to write')
    .action(async (options: { capture: string; out: string }) =>
      done((await import('./elfcorehdr.ts')).elfcorehdrCommand(options, io)),
    )

  const doctor = explained(program.command('doctor'), {
    description: 'what this host can and cannot do: privileges, kexec, lockdown, crash reservation, service',
    examples: [
      'sudo berth doctor',
      'sudo berth doctor --server https://berth.example --output json',
      'berth doctor --capture captures/web-7',
      'sudo berth doctor --kernel /boot/vmlinuz',
    ],
    exits: [],
  })
  withTlsOptions(doctor)
    .option('--capture <dir>', 'look at a capture folder, and not at this host')
    .option('--kernel <file>', 'whether this image would do, where a signature is asked for')
    .option('--identity <file>', 'who this host is', '/var/lib/berth/identity.json')
    .option('--server <url>', "whether this service answers; the identity's own when left out")
    .addOption(new Option('--output <form>', 'in which form').choices(['table', 'json', 'yaml']))
    .action(async (options) => done(await (await import('./doctor.ts')).doctorCommand(options, io)))
}

/** A command that reads its own options, so that it costs as little as can be. */
function whole(
  command: Command,
  start: () => Promise<(argv: readonly string[], io: Io) => ExitCode>,
  { io, done }: Stage,
): Command {
  return command
    .usage('[options]')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .action(async (_options, own: Command) => done((await start())(own.args, io)))
}
