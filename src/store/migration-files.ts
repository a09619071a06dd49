import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'

/** The same from src/store and from dist/store: prisma/ lies beside both. */
const PRISMA = new URL('../../prisma/', import.meta.url)

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** A row of the table in which Prisma's CLI keeps what was applied. */
export interface Applied {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
}

/** Where the migrations of an engine lie. */
export function migrationsOf(engine: 'sqlite' | 'postgresql'): URL {
  return new URL(`${engine}/migrations/`, PRISMA)
}

/**
 * The migrations that a database still needs, oldest first.
 *
 * Errors: throws when one that was applied failed, was changed since, or is not known here: then a newer release has been there.
 */
export async function pendingMigrations(directory: URL, applied: readonly Applied[]): Promise<Migration[]> {
  const known = new Map(applied.map((one) => [one.name, one]))
  const pending: Migration[] = []
  const own = await migrationsIn(directory)
  const newer = applied.find(({ name }) => own.every((migration) => migration.name !== name))
  if (newer)
    throw new Error(
      `the database was used by a newer release: this one does not know its migration ${newer.name}, and there is no way back. ` +
        'Start that release, or restore the backup from before the upgrade; nothing was changed',
    )
  for (const migration of own) {
    const before = known.get(migration.name)
    if (before === undefined) pending.push(migration)
    else if (!before.finished)
      throw new Error(
        `migration ${migration.name} failed earlier, and what it left is not known: restore the backup from before it; nothing was changed`,
      )
    else if (before.checksum !== migration.checksum)
      throw new Error(
        `migration ${migration.name} was changed after it was applied: this is not the release that made the database; nothing was changed`,
      )
  }
  return pending
}

/**
 * The newest migration of a database that has all of them.
 *
 * Errors: throws as above, and where one is still needed.
 */
export async function newestOf(directory: URL, applied: readonly Applied[]): Promise<string> {
  const [missing] = await pendingMigrations(directory, applied)
  if (missing)
    throw new Error(
      `the database has not the schema of this release (migration ${missing.name} is missing): start this release on it once`,
    )
  return (
    applied
      .map(({ name }) => name)
      .sort()
      .at(-1) ?? ''
  )
}

/** The migrations of both engines by name: a stream of rows may come from either. */
export async function knownMigrations(): Promise<readonly string[]> {
  const both = await Promise.all(
    (['sqlite', 'postgresql'] as const).map((engine) => migrationsIn(migrationsOf(engine))),
  )
  return both.flat().map(({ name }) => name)
}

async function migrationsIn(directory: URL): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(new URL(`${name}/migration.sql`, directory), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}
