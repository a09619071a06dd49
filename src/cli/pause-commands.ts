import type { Command } from 'commander'
import { remoteCommand, type Stage } from './remote-command.ts'

const SCOPE = ['<scope>', 'fleet or group:NAME; one host is opted out instead'] as const

/** `berth pause`, `unpause` and `pauses`: the fleet or a group is left alone, whatever rollout asks. */
export function addPauseCommands(program: Command, stage: Stage): void {
  remoteCommand(program.command('pauses'), stage, {
    description: 'what is paused now: the fleet, groups',
    examples: ['berth pauses'],
    start: async () => (await import('./pauses.ts')).pausesCommand,
  })

  remoteCommand(program.command('pause'), stage, {
    description: 'grant no host of the fleet or of a group a reboot, in any rollout or over FleetLock',
    examples: [
      'berth pause fleet --reason "quarter-end close"',
      'berth pause group:web --until 2026-06-01T06:00:00Z --reason "a sale"',
    ],
    start: async () => (await import('./pauses.ts')).pauseCommand,
  })
    .argument(...SCOPE)
    .option('--until <time>', 'when it ends by itself; left out, when somebody ends it')
    .requiredOption('--reason <text>', 'why; kept in the audit')

  remoteCommand(program.command('unpause'), stage, {
    description: 'end a pause: rollouts go on where they stopped',
    examples: ['berth unpause group:web --reason "the sale is over"'],
    start: async () => (await import('./pauses.ts')).unpauseCommand,
  })
    .argument(...SCOPE)
    .requiredOption('--reason <text>', 'why; kept in the audit')
}
