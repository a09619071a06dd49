import { PURPOSES, SEGMENT_KINDS } from '../planner/names.ts'
import { Argument, Option, type Command } from 'commander'
import { HOST } from './api-command.ts'
import { EXIT } from './io.ts'
import { remoteCommand, type RemoteCommand, type Stage } from './remote-command.ts'
import { readAddress, readSize } from './size.ts'

/** `berth pins`: what is pinned on a host, and an operator's changes of it. */
export function addPinCommands(pins: Command, stage: Stage): void {
  const [host, words] = HOST
  // Else this command would take for itself the options that stand behind its subcommands.
  remoteCommand(pins.enablePositionalOptions(), stage, {
    description: "where a host's segments are to lie, boot after boot",
    examples: ['berth pins web-7', 'berth pins web-7 --output json', 'berth pins drift web-7'],
    start: async () => (await import('./pins.ts')).pinsCommand,
  }).argument(`<${host}>`, words)

  const change = (name: string, what: RemoteCommand) =>
    remoteCommand(pins.command(name), stage, what)
      .argument(`<${host}>`, words)
      .addArgument(new Argument('<kind>', 'segment').choices(SEGMENT_KINDS))
      .addOption(new Option('--purpose <purpose>', 'which kernel').choices(PURPOSES).default('reboot'))
      .requiredOption('--reason <text>', 'why; kept in the history and in the audit')

  change('set', {
    description: 'put one pin at an address; a loose pin is firm again',
    examples: [
      'berth pins set web-7 initrd --mem 0x40000000 --room 80M --reason "room for the next release"',
    ],
    start: async () => (await import('./pin-change.ts')).pinSetCommand,
  })
    .requiredOption('--mem <address>', 'as 0x40000000', readAddress)
    .requiredOption('--room <size>', 'kept free from there on; bytes, or as 80M', readSize)
  change('loosen', {
    description: 'let one pin move in the next plan, even where policy is strict',
    examples: ['berth pins loosen web-7 initrd --reason "the next release is larger"'],
    start: async () => (await import('./pin-change.ts')).pinLoosenCommand,
  })
  change('forget', {
    description: 'forget one pin: the next plan chooses anew',
    examples: ['berth pins forget web-7 kernel --purpose crash --reason "another reservation"'],
    start: async () => (await import('./pin-change.ts')).pinForgetCommand,
  })

  remoteCommand(pins.command('history'), stage, {
    description: 'every change of the pins, with who made it and why',
    examples: ['berth pins history web-7'],
    start: async () => (await import('./pins.ts')).pinHistoryCommand,
  }).argument(`<${host}>`, words)
  remoteCommand(pins.command('drift'), stage, {
    description: "whether the pins still hold in the host's newest snapshot",
    examples: ['berth pins drift web-7'],
    exits: [[EXIT.differ, 'a pin is at risk or broken']],
    start: async () => (await import('./pins.ts')).pinDriftCommand,
  }).argument(`<${host}>`, words)
}
