import { PURPOSES, SEGMENT_KINDS } from '../planner/names.ts'
import { Argument, Option, type Command } from 'commander'
import { ON_BROKEN } from '../planner/pin/policy.ts'
import { apiCommand, REASON } from './api-command.ts'
import { EXIT } from './io.ts'
import { addFleetlockCommands } from './lease-commands.ts'
import { oneMore, wholeNumber } from './option-values.ts'
import { remoteCommand, type RemoteCommand, type Stage } from './remote-command.ts'
import { readAddress, readSize } from './size.ts'

/** `berth fleet`, `berth durations`, `berth signing-keys`, `berth group` and `berth what-if`: what is asked of all, or of many hosts. */
export function addFleetCommands(program: Command, stage: Stage): void {
  apiCommand(program.command('fleet'), stage, ['get', '/v1/fleet'], {
    description: 'the fleet in numbers: states, groups, releases, plans, and what has drifted',
    examples: ['berth fleet', 'berth fleet --output json'],
  })

  remoteCommand(program.command('signing-keys'), stage, {
    description: 'the public keys of what agents are handed, as PEM: for --signing-key of an agent',
    examples: ['berth signing-keys > berth-keys.pem'],
    start: async () => (await import('./signing-keys.ts')).signingKeysCommand,
  })

  remoteCommand(program.command('durations'), stage, {
    description: 'how long hosts are away when they reboot, and what kexec saves against a cold reboot',
    examples: ['berth durations', 'berth durations --model "PowerEdge R650" --days 30'],
    start: async () => (await import('./durations.ts')).durationsCommand,
  })
    .addOption(new Option('--arch <arch>', 'only hosts of it').choices(['arm64', 'x86_64']))
    .option('--model <name>', 'only this hardware model')
    .option('--days <days>', 'only reboots of so many days; 90 when left out', wholeNumber)

  addGroupCommands(program.command('group').description('what all hosts of a group share'), stage)

  remoteCommand(program.command('what-if'), stage, {
    description:
      'which hosts would take an image, or have so much free memory in one piece; nothing is stored',
    examples: [
      'berth what-if --boot-entry boot_01j00000000000000000000000 --group web',
      'berth what-if --kernel-size 14M --initrd-size 200M --arch x86_64',
      'berth what-if --hole 2G --below 0x100000000 --output json',
    ],
    exits: [[EXIT.noHole, 'a host would refuse, or has no such hole']],
    start: async () => (await import('./what-if.ts')).whatIfCommand,
  })
    .option('--boot-entry <id>', 'an image that the service knows')
    .option('--kernel-size <size>', 'an image that nobody has built yet; bytes, or as 14M', readSize)
    .option('--initrd-size <size>', 'its initrd', readSize)
    .option('--hole <size>', 'no image: so much free memory in one piece', readSize)
    .option('--below <address>', 'all of the hole below it; as 0x100000000, or 4G', addressFrom0)
    .option('--above <address>', 'all of the hole at or above it', addressFrom0)
    .option('--group <name>', 'only hosts of this group')
    .option('--host <host>', 'only this one; more than once', oneMore)
    .addOption(new Option('--arch <arch>', 'only hosts of it').choices(['arm64', 'x86_64']))
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES))
    .addOption(new Option('--on-broken <what>', 'in place of what policy says').choices(ON_BROKEN))
    .option('--no-change', 'do not look for what would make a refused image fit: several times faster')
}

function addGroupCommands(group: Command, stage: Stage): void {
  remoteCommand(group.command('pins'), stage, {
    description: 'the places that a group shares',
    examples: ['berth group pins web'],
    start: async () => (await import('./group.ts')).groupPinsCommand,
  }).argument('<group>', 'its name')

  remoteCommand(group.command('pin'), stage, {
    description: 'find one place a segment that holds on every host of a group, and pin the group there',
    examples: [
      'berth group pin web --boot-entry boot_01j00000000000000000000000 --dry-run --reason "to see"',
      'berth group pin web --boot-entry boot_01j00000000000000000000000 --leave-out web-7 --reason "one model"',
    ],
    exits: [[EXIT.noHole, 'no place is free on all hosts; who is in the way is told']],
    start: async () => (await import('./group.ts')).groupPinCommand,
  })
    .argument('<group>', 'its name')
    .requiredOption('--boot-entry <id>', 'what they are to load')
    .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES))
    .option('--leave-out <host>', 'a host that keeps pins of its own; more than once', oneMore)
    .option('--keep-own', "pins that hosts have of their own stay; else they become the group's")
    .option('--dry-run', 'only tell what it would be')
    .requiredOption('--reason <text>', 'why; kept in the audit')

  addGroupPinChanges(group, stage)
  addCalibrationCommands(group, stage)
  addFleetlockCommands(group, stage)
}

function addCalibrationCommands(group: Command, stage: Stage): void {
  const calibration = group.command('calibration').description('what trial loads taught about a release')
  const path = '/v1/groups/{group}/calibrations/{arch}/{release}'
  apiCommand(calibration.command('show'), stage, ['get', path], {
    description: 'what plans for hosts of a group that run a release go by',
    examples: ['berth group calibration show web x86_64 6.12.9'],
  })
  apiCommand(calibration.command('set'), stage, ['put', path], {
    description: 'let plans go by what `berth calibrate` has found',
    examples: [
      'berth calibrate --capture captures/web-7 --kernel vmlinuz --debug load.log > found.json',
      'berth group calibration set web x86_64 6.12.9 found.json --reason "one trial load"',
    ],
    guard: ({ release }: { release: string }) => `the calibration of ${release}`,
    body: async ({ file, reason }: { file: string; reason: string }) => {
      return (await import('./calibration-file.ts')).newCalibration(file, reason)
    },
  })
    .argument('<file>', 'what berth calibrate printed')
    .requiredOption(...REASON)
}

function addGroupPinChanges(group: Command, stage: Stage): void {
  const change = (name: string, what: RemoteCommand) =>
    remoteCommand(group.command(name), stage, what)
      .argument('<group>', 'its name')
      .addArgument(new Argument('<kind>', 'segment').choices(SEGMENT_KINDS))
      .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES).default('reboot'))
      .requiredOption('--reason <text>', 'why; kept in the audit')

  change('set', {
    description: 'put one pin of a group at an address; pins that hosts have of their own stay',
    examples: ['berth group set web initrd --mem 0x40000000 --room 80M --reason "as in the other site"'],
    start: async () => (await import('./group-pin-change.ts')).groupPinSetCommand,
  })
    .requiredOption('--mem <address>', 'as 0x40000000', readAddress)
    .requiredOption('--room <size>', 'kept free from there on; bytes, or as 80M', readSize)
  change('forget', {
    description: 'forget one pin of a group: hosts keep those that became their own',
    examples: ['berth group forget web initrd --reason "each host for itself"'],
    start: async () => (await import('./group-pin-change.ts')).groupPinForgetCommand,
  })
}

/** An address, or a size counted from 0. */
function addressFrom0(text: string): string {
  return readAddress(/^0x/i.test(text) ? text : `0x${readSize(text).toString(16)}`)
}
