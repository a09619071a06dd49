import { createHash, randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { MAX_TRANSACTION_MS, MAX_WAIT_MS, type Database, type ForeignWrite } from '../database.ts'
import { PrismaClient } from '../generated/postgresql/client.ts'
import type { PrismaClient as SqliteClient } from '../generated/sqlite/client.ts'
import { migratePostgresql } from './migrate.ts'
import { CHANNEL, listen, noticeText } from './notices.ts'

/** Connections of one replica: one writes at a time, the others read. */
const MOST_CONNECTIONS = 10
const CONNECT_MS = 5000

/**
 * What every connection is told. A replica that stands still, or is cut off, in the middle of a transaction must not hold the writers'
 * lock from all others.
 */
const SETTINGS = {
  default_transaction_isolation: 'read\\ committed',
  lock_timeout: MAX_WAIT_MS,
  statement_timeout: MAX_TRANSACTION_MS,
  idle_in_transaction_session_timeout: MAX_TRANSACTION_MS,
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
  const own = randomUUID()
  const listeners: ((write: ForeignWrite) => void)[] = []
  const client = new PrismaClient({
    adapter: new PrismaPg(
      {
        connectionString: url,
        max: MOST_CONNECTIONS,
        connectionTimeoutMillis: CONNECT_MS,
        keepAlive: true,
        options: Object.entries(SETTINGS)
          .map(([name, value]) => `-c ${name}=${value}`)
          .join(' '),
      },
      {
        statementNameGenerator: ({ sql }) => createHash('sha1').update(sql).digest('base64'),
        // A connection that breaks while nobody uses it is no news: the next who needs one makes it.
        onPoolError: () => {},
      },
    ),
  })
  await client.$connect()
  const notices = await listen(url, own, (write) => listeners.forEach((heard) => heard(write)))
  let turn: Promise<unknown> = Promise.resolve()
  return {
    client: client as unknown as SqliteClient,
    transaction: (work, told) => {
      const mine = turn.then(() =>
        client.$transaction(
          async (tx) => {
            // Others are told of it when it has committed, and not at all otherwise.
            await tx.$executeRaw`SELECT "berth_writer"(), pg_notify(${CHANNEL}, ${noticeText(own, [])})`
            const done = await work(tx as never)
            const hosts = told()
            if (hosts.length > 0)
              await tx.$executeRaw`SELECT pg_notify(${CHANNEL}, ${noticeText(own, hosts)})`
            return done
          },
          { maxWait: MAX_WAIT_MS, timeout: MAX_TRANSACTION_MS },
        ),
      )
      turn = mine.catch(() => {})
      return mine
    },
    onForeignWrite: (heard) => void listeners.push(heard),
    close: async () => {
      await notices.close()
      await client.$disconnect()
    },
  }
}
