import { MAX_TRANSACTION_MS, MAX_WAIT_MS, type Database } from '../database.ts'
import { PrismaClient } from '../generated/sqlite/client.ts'
import { groupCommit } from '../group-commit.ts'
import { SqliteAdapter } from './adapter.ts'
import { migrateSqlite } from './migrate.ts'

/**
 * Opens a file, and brings it to this release's schema.
 *
 * Errors: throws when it cannot be opened or a migration does not apply.
 */
export async function openSqlite(url: string): Promise<Database> {
  await migrateSqlite(url)
  const adapter = new SqliteAdapter(url)
  const client = new PrismaClient({ adapter })
  await client.$connect()
  const beside = adapter.beside()
  return {
    client,
    sql: beside.sql,
    transaction: groupCommit((within) =>
      client.$transaction(
        async (tx) => {
          const own = beside.within()
          await adapter.takeTurn()
          await within(tx, own)
        },
        { isolationLevel: 'Serializable', maxWait: MAX_WAIT_MS, timeout: MAX_TRANSACTION_MS },
      ),
    ),
    // Another process on this file says nothing: who waits looks again.
    onForeignWrite: () => {},
    look: () => adapter.look(),
    close: () => client.$disconnect(),
  }
}
