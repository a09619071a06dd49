import type { Command } from 'commander'
import { explained } from './explained.ts'
import type { Stage } from './remote-command.ts'

/** Commands over the database itself, on the machine of the service, as its user. */
export function addDatabaseCommands(program: Command, { io, done }: Stage): void {
  const backup = explained(program.command('backup'), {
    description:
      'copy the SQLite database of BERTH_DATABASE_URL while the service runs, and check the copy; the signing key is not in it',
    examples: ['berth backup /backup/berth-monday.db', 'berth backup verify /backup/berth-monday.db'],
  })
  backup
    .argument('<file>', 'the copy; never takes the place of another')
    .action(async (file: string) => done(await (await import('./backup.ts')).backupCommand(file, io)))
  explained(backup.command('verify'), {
    description: 'whether a copy is sound, and its rows are those that were copied',
    examples: ['berth backup verify /backup/berth-monday.db'],
  })
    .argument('<file>', 'the copy')
    .action(async (file: string) => done(await (await import('./backup.ts')).verifyCommand(file, io)))

  explained(program.command('restore'), {
    description:
      'put a checked copy in the place of the database of BERTH_DATABASE_URL; the service must not run',
    examples: ['berth restore /backup/berth-monday.db', 'berth restore --force /backup/berth-monday.db'],
  })
    .argument('<file>', 'the copy')
    .option('--force', 'keep the database that is there aside, and take its place', false)
    .action(async (file: string, options: { force: boolean }) =>
      done(await (await import('./backup.ts')).restoreCommand(file, options, io)),
    )
}
