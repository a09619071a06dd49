import { Option, type Command } from 'commander'
import { EXIT } from './io.ts'
import { remoteCommand, type Stage } from './remote-command.ts'

/** `berth map`: of a host that the service knows; with `--capture` of a capture folder, without any service. */
export function addMapCommand(program: Command, stage: Stage): void {
  remoteCommand(program.command('map'), stage, {
    description:
      "draw a host's memory as it was seen last; with --capture DIR a capture folder's, without any service",
    examples: [
      'berth map node-1',
      'berth map node-1 --plan plan_01j00000000000000000000000 --svg plan.svg',
      'berth map node-1 --boot-entry boot_01j00000000000000000000000',
      'berth map --capture captures/node-1',
      'berth map --capture captures/node-1 --kernel vmlinuz --initrd-size 83886080   (and what else berth plan takes)',
    ],
    exits: [[EXIT.noHole, 'drawn, but what was asked for has no place']],
    start: async () => (await import('./map.ts')).mapCommand,
  })
    // What comes with --capture is for the planner's own options, which are not repeated here.
    .allowUnknownOption()
    .argument('[host...]', 'an id, or a hostname that is unique')
    .option('--capture <dir>', 'draw this capture folder')
    .option('--snapshot <id>', "another boot than the host's newest")
    .addOption(new Option('--plan <id>', 'also draw the segments of this plan').conflicts('bootEntry'))
    .option('--boot-entry <id>', 'also draw where this would be loaded now, or why it would not')
    .option('--svg <file>', 'write a picture into a file instead')
    .addOption(
      new Option('--scale <scale>', 'of that picture').choices(['ordinal', 'linear']).default('ordinal'),
    )
}
