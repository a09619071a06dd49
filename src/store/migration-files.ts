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
 * Errors: throws when one that was applied failed, or was changed since.
 */
export async function pendingMigrations(directory: URL, applied: readonly Applied[]): Promise<Migration[]> {
  const known = new Map(applied.map((one) => [one.name, one]))
  const pending: Migration[] = []
  for (const migration of await migrationsIn(directory)) {
    const before = known.get(migration.name)
    if (before === undefined) pending.push(migration)
    else if (!before.finished) throw new Error(`migration ${migration.name} failed earlier`)
    else if (before.checksum !== migration.checksum)
      throw new Error(`migration ${migration.name} was changed after it was applied`)
  }
  return pending
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
