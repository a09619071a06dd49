import { PrismaLibSql } from '@prisma/adapter-libsql'

type Sql = string | { sql: string; args: unknown[] }
interface Client {
  execute(sql: Sql): Promise<unknown>
  transaction(mode: string): Promise<unknown>
}

const PRAGMAS = [
  'journal_mode = WAL',
  // NORMAL may lose acknowledged commits when the power goes.
  'synchronous = FULL',
  'foreign_keys = ON',
  'busy_timeout = 5000',
  'cache_size = -16000',
]

/**
 * The libsql adapter on one connection.
 *
 * The stock adapter opens a deferred connection for each interactive transaction, never closes it,
 * and loses the PRAGMAs on it. It holds its own lock for the whole transaction, so its one connection can
 * serve that too, and BEGIN IMMEDIATE lets read-then-write transactions of two processes queue up
 * instead of failing.
 */
export class SqliteAdapter extends PrismaLibSql {
  constructor(url: string) {
    super({ url, timeout: 5000, intMode: 'bigint' })
  }

  override async connect() {
    const adapter = await super.connect()
    const client = (adapter as unknown as { client: Client }).client
    for (const pragma of PRAGMAS) await client.execute(`PRAGMA ${pragma}`)
    client.transaction = async () => {
      await client.execute('BEGIN IMMEDIATE')
      return {
        execute: (sql: Sql) => client.execute(sql),
        commit: () => client.execute('COMMIT'),
        rollback: () => client.execute('ROLLBACK'),
      }
    }
    return adapter
  }
}
