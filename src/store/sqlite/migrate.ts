import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrationsOf, pendingMigrations, type Applied } from '../migration-files.ts'
import { databaseFile } from '../database-url.ts'
import { libsqlClient, type LibsqlClient } from './libsql-client.ts'

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
 * Errors: throws when an applied migration was changed since, failed earlier, or does not apply; nothing is kept then.
 */
export async function migrateSqlite(
  url: string,
  directory: URL = migrationsOf('sqlite'),
): Promise<readonly string[]> {
  // A new connection each time, while another process holds the database.
  for (let waited = 0; ; waited += POLL_MS) {
    // Without a busy time-out: SQLite would sleep in this thread, where the one that it waits for may run too.
    const client = libsqlClient(databaseFile(url))
    try {
      return await migrateNow(client, directory)
    } catch (error) {
      if (!isBusy(error) || waited >= MAX_WAIT_MS) throw error
    } finally {
      client.close()
    }
    await sleep(POLL_MS)
  }
}

async function migrateNow(client: LibsqlClient, directory: URL): Promise<readonly string[]> {
  await client.execute('PRAGMA journal_mode = WAL')
  await client.execute('PRAGMA foreign_keys = OFF')
  const tx = await client.transaction()
  try {
    const applied = await applyPending(client, directory)
    const { rows: broken } = await client.execute('PRAGMA foreign_key_check')
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
  const { rows } = await client.execute(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  )
  const applied = rows.map(([name, checksum, finished]): Applied => ({
    name: String(name),
    checksum: String(checksum),
    finished: finished !== null,
  }))
  const pending = await pendingMigrations(directory, applied)
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

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}
