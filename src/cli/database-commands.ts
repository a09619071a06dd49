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

  explained(program.command('export'), {
    description:
      'write every row of the database of BERTH_DATABASE_URL, of either engine, as lines of JSON; the signing key is not in them',
    examples: [
      'BERTH_DATABASE_URL=file:/var/lib/berth/berth.db berth export | BERTH_DATABASE_URL=postgresql://db.example/berth berth import',
      'berth export berth.ndjson',
    ],
  })
    .argument('[file]', 'where to; never takes the place of another. Standard output where it is left out')
    .action(async (file: string | undefined) =>
      done(await (await import('./transfer.ts')).exportCommand(file, io)),
    )

  explained(program.command('import'), {
    description:
      'fill the empty database of BERTH_DATABASE_URL, of either engine, with what `berth export` has written: all of it or nothing',
    examples: ['berth import berth.ndjson', 'gunzip --stdout berth.ndjson.gz | berth import'],
  })
    .argument('[file]', 'what to read. Standard input where it is left out')
    .action(async (file: string | undefined) =>
      done(await (await import('./transfer.ts')).importCommand(file, io)),
    )
}
