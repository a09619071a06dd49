import type { Db } from './db.ts'
import type { PrismaClient } from './generated/sqlite/client.ts'
import type { Sql } from './sql.ts'

/** One open database, whichever engine keeps it. */
export interface Database {
  /**
   * The client outside of transactions. Both engines have the same models, which a test holds, so the types of one
   * speak for the other too.
   */
  readonly client: PrismaClient
  /** The same connections past Prisma's client, outside of transactions. */
  readonly sql: Sql
  /**
   * Runs `work` in one transaction. Writers follow one another, over all processes: what one reads, no other changes
   * before it has committed. `told`: hosts whose agents are to be woken wherever they wait, asked at the end.
   */
  transaction<T>(work: (db: Db, sql: Sql) => Promise<T>, told: () => readonly string[]): Promise<T>
  /** Calls `heard` for what other processes have committed, where the engine tells. */
  onForeignWrite(heard: (write: ForeignWrite) => void): void
  /** Errors: `DatabaseOut` where it is known without asking that nothing can be written. */
  look(): void
  close(): Promise<void>
}

/** What another process has committed. */
export interface ForeignWrite {
  /** Hosts whose agents are to be woken; null: there may be any. */
  readonly hosts: readonly string[] | null
}

/** How long a writer may wait for others, and then take. Units: milliseconds. */
export const MAX_WAIT_MS = 15_000
export const MAX_TRANSACTION_MS = 30_000
