import { randomUUID } from 'node:crypto'
import { MAX_TRANSACTION_MS, MAX_WAIT_MS, type Database, type ForeignWrite } from '../database.ts'
import { PrismaClient, type Prisma } from '../generated/postgresql/client.ts'
import type { PrismaClient as SqliteClient } from '../generated/sqlite/client.ts'
import { DatabaseOut, outageOf } from '../outage.ts'
import { beginTurn } from '../new-id.ts'
import { groupCommit } from '../group-commit.ts'
import { PgAdapter } from './adapter.ts'
import { migratePostgresql } from './migrate.ts'
import { CHANNEL, listen, noticeText } from './notices.ts'

/** Connections of one replica: one writes at a time, the others read. */
const MOST_CONNECTIONS = 10
const CONNECT_MS = 5000

/**
 * A replica that stands still, or is cut off, in the middle of a transaction must not hold the writers' lock from all others: they
 * wait for longer than it may, so they get their turn and no error.
 */
const MAX_IDLE_MS = (MAX_WAIT_MS * 2) / 3

/** What every connection is told; the address may say otherwise. */
const SETTINGS = {
  options: '-c default_transaction_isolation=read\\ committed',
  lock_timeout: MAX_WAIT_MS,
  statement_timeout: MAX_TRANSACTION_MS,
  idle_in_transaction_session_timeout: MAX_IDLE_MS,
} as const

/**
 * Opens a database that several replicas may share, and brings it to this release's schema.
 *
 * Every transaction takes one lock before it reads anything, so writers follow one another over all replicas, exactly as
 * they do on SQLite: what a transaction has read is still so when it commits, and rows are numbered in the order
 * of commits. Within a replica they queue up before they take a connection.
 *
 * Errors: throws when the database cannot be reached or a migration does not apply.
 */
export async function openPostgresql(url: string): Promise<Database> {
  await migratePostgresql(url)
  const replica = randomUUID()
  const listeners: ((write: ForeignWrite) => void)[] = []
  const adapter = new PgAdapter({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    ...SETTINGS,
  })
  const client = new PrismaClient({ adapter })
  await client.$connect()
  const beside = adapter.beside()
  const notices = await listen(url, replica, (write) => listeners.forEach((heard) => heard(write)))

  const transaction = groupCommit(async (work) => {
    let isOurs = false
    const within = async (tx: Prisma.TransactionClient): Promise<void> => {
      const own = beside.within()
      const sql = own()
      const [mine] = await sql.rows('SELECT "berth_turn"()', [])
      beginTurn(Number(mine?.[0]))
      const told = await work(tx as never, own)
      // Others are told of it when it has committed, and not at all otherwise. Of a transaction in which a statement has failed
      // PostgreSQL would make a COMMIT a ROLLBACK, and call that a success: here it fails, whoever kept quiet about it.
      await sql.run('SELECT pg_notify($1, $2)', [CHANNEL, noticeText(replica, told)])
    }
    const named = (tx: Prisma.TransactionClient): Promise<void> =>
      within(tx).catch((error: unknown) => {
        isOurs = true
        throw error
      })
    try {
      await client.$transaction(named, {
        isolationLevel: 'ReadCommitted',
        maxWait: MAX_WAIT_MS,
        timeout: MAX_TRANSACTION_MS,
      })
    } catch (error) {
      // Of a connection that is lost in BEGIN or COMMIT, Prisma does not say that it comes from the database.
      throw isOurs || outageOf(error) ? error : new DatabaseOut('away', error)
    }
  })

  return {
    client: client as unknown as SqliteClient,
    sql: beside.sql,
    transaction,
    onForeignWrite: (heard) => void listeners.push(heard),
    // Only the server knows.
    look: () => {},
    close: async () => {
      await notices.close()
      await client.$disconnect()
    },
  }
}
