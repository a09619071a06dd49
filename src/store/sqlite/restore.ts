import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { chmod, chown, copyFile, link, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import Libsql from 'libsql'
import { migrationsOf, pendingMigrations } from '../migration-files.ts'
import { outageOf } from '../outage.ts'
import { verifyBackup, type Verified } from './backup.ts'
import { MANIFEST_TABLE } from './manifest.ts'
import { appliedIn } from './migrate.ts'
import { libsqlClient } from './libsql-client.ts'
import { namedOnDisk, onDisk } from './placed.ts'

/** Files that may lie beside a database, and belong to it. */
const BESIDE = ['-wal', '-shm', '-journal']

export interface Restored extends Verified {
  /** Where the database is that was there before; null where there was none. */
  readonly aside: string | null
}

/**
 * Puts a backup in a database's place. What is there is kept, under another name, and only with `force`. The new one takes the
 * name in one step, so whenever this is interrupted, one of the two is there.
 *
 * Errors: throws a sentence where the backup is not sound, is of a newer release, where a process has the database open, or where one is
 * there and `force` is not given. Nothing is changed then.
 */
export async function restore(
  backup: string,
  file: string,
  { force, at, directory = migrationsOf('sqlite') }: { force: boolean; at: Date; directory?: URL },
): Promise<Restored> {
  if (resolve(backup) === resolve(file)) throw new Error('the backup is the database itself')
  const verified = await verifyBackup(backup)
  if (verified.findings.length > 0) throw new Error(`${backup} is not sound: ${verified.findings.join('; ')}`)
  await mustBeKnown(backup, directory)
  const isThere = existsSync(file)
  const aside = isThere ? `${file}.before-restore-${at.toISOString().replace(/[:.]/g, '-')}` : null
  if (isThere && !force)
    throw new Error(
      `there is a database at ${file}: with --force it is kept aside, and the backup takes its place`,
    )
  const whole = `${file}.${randomUUID()}.partial`
  try {
    await copyFile(backup, whole)
    withoutManifest(whole)
    await asItsNeighbour(whole, isThere ? file : dirname(resolve(file)), isThere)
    await onDisk(whole)
    if (aside !== null) await setAside(file, aside)
    else for (const part of BESIDE) await rm(file + part, { force: true })
    await rename(whole, file)
    await namedOnDisk(resolve(file))
    return { ...verified, aside }
  } finally {
    for (const part of ['', ...BESIDE]) await rm(whole + part, { force: true })
  }
}

/** Errors: throws where a newer release has been there, or where it is no database of Berth. */
async function mustBeKnown(backup: string, directory: URL): Promise<void> {
  const client = libsqlClient(backup)
  try {
    const applied = await appliedIn(client)
    if (applied.length === 0) throw new Error(`${backup} is no database of Berth`)
    await pendingMigrations(directory, applied)
  } finally {
    client.close()
  }
}

function withoutManifest(path: string): void {
  const copy = new Libsql(path)
  try {
    copy.exec(`DROP TABLE IF EXISTS "${MANIFEST_TABLE}"`)
  } finally {
    copy.close()
  }
}

/** Who restores as root must not take the database from the service's own user. */
async function asItsNeighbour(path: string, neighbour: string, isFile: boolean): Promise<void> {
  const { uid, gid, mode } = statSync(neighbour)
  await chmod(path, isFile ? mode & 0o777 : 0o600)
  if (process.getuid?.() === 0) await chown(path, uid, gid)
}

/**
 * Keeps a database under another name. Its log is put into it first, since a log that lies beside another database would be taken for
 * that one's; of a damaged one the files go aside as they are.
 *
 * Errors: throws where another process has it open.
 */
async function setAside(file: string, aside: string): Promise<void> {
  try {
    const old = new Libsql(file, { timeout: 0 })
    try {
      old.exec('PRAGMA locking_mode = EXCLUSIVE')
      old.exec('BEGIN EXCLUSIVE')
      old.exec('COMMIT')
      old.exec('PRAGMA journal_mode = DELETE')
    } finally {
      old.close()
    }
  } catch (error) {
    if (outageOf(error)?.kind === 'held')
      throw new Error(`a process has ${file} open: stop the service first`, { cause: error })
  }
  for (const part of BESIDE) if (existsSync(file + part)) await rename(file + part, aside + part)
  await link(file, aside).catch(async (error: NodeJS.ErrnoException) => {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String(error.code))) throw error
    await rename(file, aside)
  })
}
