import type { Command } from 'commander'
import { listCommand } from './api-command.ts'
import { EXIT } from './io.ts'
import { oneMore, positive } from './option-values.ts'
import { remoteCommand, type Stage } from './remote-command.ts'

/** `berth audit`: who has done what, and whether all of it is still there as it was written. */
export function addAuditCommands(program: Command, stage: Stage): void {
  // Else this command would take for itself the options that stand behind its subcommands.
  const audit = program.command('audit').enablePositionalOptions()
  listCommand(audit, stage, '/v1/audit', {
    description: 'who changed what, when, by which request',
    examples: ['berth audit', 'berth audit --target host_01j00000000000000000000000 --output json'],
    query: ['target', 'actor', 'since'],
    columns: {
      '#': (a) => a.seq,
      at: (a) => a.at,
      actor: (a) => a.actor,
      action: (a) => a.action,
      target: (a) => a.target,
      detail: (a) => JSON.stringify(a.detail),
    },
    none: 'nothing was changed',
  })
    .option('--target <id>', 'only what was done to it')
    .option('--actor <who>', 'only what this key, host or user did')
    .option('--since <number>', 'begin with this entry', positive)

  remoteCommand(audit.command('verify'), stage, {
    description:
      'whether every entry is there, in its place, as it was written; tells what was done to which',
    examples: [
      'berth audit verify',
      'berth audit verify --checkpoint checkpoints.ndjson --signing-key berth-keys.pem',
      'berth audit verify --database file:/var/lib/berth/berth.db',
    ],
    exits: [[EXIT.differ, 'the audit is not as it was written, or a checkpoint is not in it']],
    start: async () => (await import('./audit-verify.ts')).auditVerifyCommand,
  })
    .option(
      '--checkpoint <file>',
      'what `berth audit checkpoint` has printed before; may be repeated',
      oneMore,
    )
    .option('--signing-key <file>', 'checkpoints must be signed by one of these public keys, as PEM')
    .option('--since <number>', 'begin with this entry', positive)
    .option('--file <file>', 'of an audit that was exported; asks no service')
    .option('--database <url>', 'of a database itself, read past the service')
  remoteCommand(audit.command('checkpoint'), stage, {
    description: 'how far the audit has come, signed; keep it where the service cannot reach it',
    examples: ['berth audit checkpoint >> checkpoints.ndjson'],
    start: async () => (await import('./audit-export.ts')).auditCheckpointCommand,
  })
  remoteCommand(audit.command('export'), stage, {
    description: 'every entry on a line of its own, as JSON',
    examples: ['berth audit export > audit.ndjson', 'berth audit export --since 5001 >> audit.ndjson'],
    start: async () => (await import('./audit-export.ts')).auditExportCommand,
  })
    .option('--since <number>', 'begin with this entry', positive)
    .option('--database <url>', 'of a database itself, read past the service')
}
