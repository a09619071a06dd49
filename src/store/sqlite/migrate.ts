import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrationsOf, pendingMigrations, type Applied } from '../migration-files.ts'
import { databaseFile } from '../database-url.ts'
import { libsqlClient, type LibsqlClient } from './libsql-client.ts'
import { damaged, refusalOf } from './refusal.ts'
import { findingsIn } from './soundness.ts'

const RECORDS = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`

const NOW = `strftime('%Y-%m-%dT%H:%M:%f+00:00','now')`

const POLL_MS = 50
const MAX_WAIT_MS = 60_000

/**
 * Brings a database to this release's schema without Prisma's CLI, whose `migrate deploy` then agrees.
 *
 * One transaction that is immediate from its first statement holds the database: of two processes that
 * start at once the second waits and finds nothing left to do. Foreign keys rest meanwhile, since a table
 * that is rebuilt would take its children along, and are checked before the commit.
 *
 * Errors: throws when the file is damaged or made by a newer release, when an applied migration was changed since, failed earlier, or
 * does not apply; nothing is changed then.
 */
export async function migrateSqlite(
  url: string,
  directory: URL = migrationsOf('sqlite'),
): Promise<readonly string[]> {
  // A new connection each time, while another process holds the database.
  for (let waited = 0; ; waited += POLL_MS) {
    // Without a busy time-out: SQLite would sleep in this thread, where the one that it waits for may run too.
    let client: LibsqlClient | null = null
    try {
      client = libsqlClient(databaseFile(url))
      return await migrateNow(client, directory, databaseFile(url))
    } catch (error) {
      if (!isBusy(error) || waited >= MAX_WAIT_MS) throw refusalOf(databaseFile(url), error)
    } finally {
      client?.close()
    }
    await sleep(POLL_MS)
  }
}

async function migrateNow(client: LibsqlClient, directory: URL, file: string): Promise<readonly string[]> {
  const [finding] = await findingsIn(client, 'quick')
  if (finding !== undefined) throw new Error(damaged(file, finding))
  await pendingMigrations(directory, await appliedIn(client))
  await client.execute('PRAGMA journal_mode = WAL')
  await client.execute('PRAGMA foreign_keys = OFF')
  const tx = await client.transaction()
  try {
    const applied = await applyPending(client, directory)
    // What was there before has been looked at.
    const { rows: broken } =
      applied.length > 0 ? await client.execute('PRAGMA foreign_key_check') : { rows: [] }
    if (broken.length > 0)
      throw new Error(`a migration left ${broken.length} rows without the row they refer to`)
    await tx.commit()
    return applied
  } catch (error) {
    await tx.rollback()
    throw error
  }
}

async function applyPending(client: LibsqlClient, directory: URL): Promise<readonly string[]> {
  await client.execute(RECORDS)
  const pending = await pendingMigrations(directory, await appliedIn(client))
  for (const { name, sql, checksum } of pending) {
    await client.executeMultiple(sql)
    await client.execute({
      sql: `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
        VALUES (?, ?, ${NOW}, ?, ${NOW}, 1)`,
      args: [randomUUID(), checksum, name],
    })
  }
  return pending.map((one) => one.name)
}

/** What Prisma's table says was applied to it; nothing where there is none. */
export async function appliedIn(client: LibsqlClient): Promise<readonly Applied[]> {
  const { rows: tables } = await client.execute(
    "SELECT 1 FROM sqlite_schema WHERE name = '_prisma_migrations'",
  )
  if (tables.length === 0) return []
  const { rows } = await client.execute(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  )
  return rows.map(([name, checksum, finished]) => ({
    name: String(name),
    checksum: String(checksum),
    finished: finished !== null,
  }))
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}
