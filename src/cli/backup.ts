import { readConfig } from '../config.ts'
import { databaseFile, isPostgresql } from '../store/database-url.ts'
import { backUp, verifyBackup } from '../store/sqlite/backup.ts'
import type { Manifest } from '../store/sqlite/manifest.ts'
import { restore } from '../store/sqlite/restore.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { packageVersion } from './package-version.ts'

type Environment = NodeJS.ProcessEnv

/** `berth backup`: a copy of the database that the environment names, while the service runs. */
export async function backupCommand(
  file: string,
  io: Io,
  environment: Environment = process.env,
): Promise<ExitCode> {
  const taken = { at: new Date(), release: packageVersion() }
  const { manifest, sha256 } = await backUp(databaseIn(environment), file, taken)
  io.out(`${file}: ${manifestText(manifest)}\nsha256 ${sha256}\n`)
  io.err('the signing key is not in it: keep its file too, and in another place\n')
  return EXIT.ok
}

/** `berth backup verify`: whether a copy is what was copied. */
export async function verifyCommand(file: string, io: Io): Promise<ExitCode> {
  const { findings, manifest } = await verifyBackup(file)
  for (const finding of findings) io.err(`${file}: ${finding}\n`)
  if (findings.length > 0) return EXIT.failed
  io.out(
    `${file}: sound; ${manifest ? manifestText(manifest) : 'made by something else, so its rows are not compared'}\n`,
  )
  return EXIT.ok
}

/** `berth restore`: a copy in the place of the database that the environment names. */
export async function restoreCommand(
  file: string,
  { force }: { readonly force: boolean },
  io: Io,
  environment: Environment = process.env,
): Promise<ExitCode> {
  const database = databaseIn(environment)
  const { manifest, aside } = await restore(file, database, { force, at: new Date() })
  io.out(`${database}: ${manifest ? manifestText(manifest) : 'restored'}\n`)
  if (aside !== null) io.out(`what was there is ${aside}\n`)
  io.err('the signing key is not in it: the service needs the file that it had\n')
  return EXIT.ok
}

function databaseIn(environment: Environment): string {
  const { databaseUrl } = readConfig(environment)
  if (isPostgresql(databaseUrl))
    throw new Error(
      'of PostgreSQL pg_dump and pg_restore make and restore backups: see docs/guides/backup.md',
    )
  return databaseFile(databaseUrl)
}

function manifestText({ at, release, schema, tables }: Manifest): string {
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0)
  const count = Object.keys(tables).length
  return `${rows} rows of ${count} tables, of ${at}, by berth ${release}, at migration ${schema}`
}
