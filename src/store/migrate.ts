import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaLibSql } from '@prisma/adapter-libsql'

/** The same from src/store and from dist/store: prisma/ lies beside both. */
const MIGRATIONS = new URL('../../prisma/sqlite/migrations/', import.meta.url)

const RECORDS = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL, "checksum" TEXT NOT NULL, "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL, "logs" TEXT, "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp, "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0)`

const NOW = `strftime('%Y-%m-%dT%H:%M:%f+00:00','now')`

const POLL_MS = 50
const MAX_WAIT_MS = 60_000

type Client = ReturnType<PrismaLibSql['createClient']>
type Transaction = Awaited<ReturnType<Client['transaction']>>

/**
 * Brings a database to this release's schema without Prisma's CLI, whose `migrate deploy` then agrees.
 *
 * One transaction that is immediate from its first statement holds the database: of two processes that
 * start at once the second waits and finds nothing left to do. Foreign keys rest meanwhile, since a table
 * that is rebuilt would take its children along, and are checked before the commit.
 *
 * Errors: throws when an applied migration was changed since, failed earlier, or does not apply; nothing is kept then.
 */
export function migrate(url: string, directory: URL = MIGRATIONS): Promise<string[]> {
  return held(() => migrateNow(url, directory))
}

async function migrateNow(url: string, directory: URL): Promise<string[]> {
  // Without a busy time-out: SQLite would sleep in this thread, where the one that it waits for may run too.
  const client = new PrismaLibSql({ url }).createClient({ url, timeout: 0 })
  try {
    await client.execute('PRAGMA journal_mode = WAL')
    await client.execute('PRAGMA foreign_keys = OFF')
    const tx = await client.transaction('write')
    try {
      const applied = await applyPending(tx, directory)
      const { rows: broken } = await tx.execute('PRAGMA foreign_key_check')
      if (broken.length > 0)
        throw new Error(`a migration left ${broken.length} rows without the row they refer to`)
      await tx.commit()
      return applied
    } finally {
      tx.close()
    }
  } finally {
    client.close()
  }
}

/** Tries again, with a new connection, while another process holds the database. */
async function held<T>(step: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += POLL_MS) {
    try {
      return await step()
    } catch (error) {
      if (!isBusy(error) || waited >= MAX_WAIT_MS) throw error
      await sleep(POLL_MS)
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY')
}

async function applyPending(tx: Transaction, directory: URL): Promise<string[]> {
  await tx.execute(RECORDS)
  const { rows: records } = await tx.execute(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  )
  const known = new Map(records.map((record) => [String(record['migration_name']), record]))
  const applied: string[] = []
  for (const name of await migrationNames(directory)) {
    const sql = await readFile(new URL(`${name}/migration.sql`, directory), 'utf8')
    const checksum = createHash('sha256').update(sql).digest('hex')
    const record = known.get(name)
    if (record) {
      if (record['finished_at'] === null) throw new Error(`migration ${name} failed earlier`)
      if (record['checksum'] !== checksum)
        throw new Error(`migration ${name} was changed after it was applied`)
      continue
    }
    await tx.executeMultiple(sql)
    await tx.execute({
      sql: `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, started_at, applied_steps_count)
        VALUES (?, ?, ${NOW}, ?, ${NOW}, 1)`,
      args: [randomUUID(), checksum, name],
    })
    applied.push(name)
  }
  return applied
}

async function migrationNames(directory: URL): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}
