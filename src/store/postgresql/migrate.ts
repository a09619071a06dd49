import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { migrationsOf, pendingMigrations, type Applied } from '../migration-files.ts'

const RECORDS = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`

/**
 * Brings a database to this release's schema without Prisma's CLI, whose `migrate deploy` then agrees.
 *
 * All in one transaction, which begins with a lock: of replicas that start at once the others wait and find nothing
 * left to do.
 *
 * Errors: throws when an applied migration was changed since, failed earlier, or does not apply; nothing is kept then.
 */
export async function migratePostgresql(
  url: string,
  directory: URL = migrationsOf('postgresql'),
): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  // A connection that breaks between two statements: the next one says so.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query('SELECT pg_advisory_xact_lock(7480, 0)')
    const applied = await applyPending(client, directory)
    await client.query('COMMIT')
    return applied
  } finally {
    // What was not committed goes with the connection.
    await client.end()
  }
}

async function applyPending(client: pg.Client, directory: URL): Promise<readonly string[]> {
  await client.query(RECORDS)
  const { rows: applied } = await client.query<Applied>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
       FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  )
  const pending = await pendingMigrations(directory, applied)
  for (const { name, sql, checksum } of pending) {
    await client.query(sql)
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, applied_steps_count)
         VALUES ($1, $2, now(), $3, 1)`,
      [randomUUID(), checksum, name],
    )
  }
  return pending.map((one) => one.name)
}
