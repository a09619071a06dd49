import { PrismaLibSql } from '@prisma/adapter-libsql'
import { databaseFile } from '../database-url.ts'
import { libsqlClient } from './libsql-client.ts'

/** How long a statement waits for another process that writes. */
const BUSY_MS = 5000

const PRAGMAS = [
  'journal_mode = WAL',
  // NORMAL may lose acknowledged commits when the power goes.
  'synchronous = FULL',
  'foreign_keys = ON',
  `busy_timeout = ${BUSY_MS}`,
  'cache_size = -16000',
]

/** Prisma's libsql adapter, over a client of our own. */
export class SqliteAdapter extends PrismaLibSql {
  readonly #file: string

  constructor(url: string) {
    super({ url })
    this.#file = databaseFile(url)
  }

  override createClient(): ReturnType<PrismaLibSql['createClient']> {
    const client = libsqlClient(this.#file, { timeoutMs: BUSY_MS })
    return client as unknown as ReturnType<PrismaLibSql['createClient']>
  }

  override async connect() {
    const adapter = await super.connect()
    for (const pragma of PRAGMAS) await adapter.queryRaw({ sql: `PRAGMA ${pragma}`, args: [], argTypes: [] })
    return adapter
  }
}
