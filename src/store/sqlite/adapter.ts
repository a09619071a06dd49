import { setTimeout as sleep } from 'node:timers/promises'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { databaseFile } from '../database-url.ts'
import { goOnBehind } from '../new-id.ts'
import { outageOf } from '../outage.ts'
import { besidePrisma, type Beside } from '../sql.ts'
import type { Purpose } from './connection.ts'
import { libsqlClient, type LibsqlClient } from './libsql-client.ts'
import { newestTurn } from './newest-turn.ts'

/** How long a statement waits for another process that writes. Units: milliseconds. */
const PATIENCE_MS = 5000
const SHORTEST_PAUSE_MS = 2
const LONGEST_PAUSE_MS = 50

/** Units: of `cache_size`, KiB where it is below 0. */
const SETTINGS = {
  journal_mode: 'wal',
  // FULL: NORMAL may lose acknowledged commits when the power goes.
  synchronous: 2,
  foreign_keys: 1,
  cache_size: -16_000,
}

/** Of whoever only reads: it changes nothing about the file, and may wait in this thread, for it serves nobody. */
const READING = { query_only: 1, busy_timeout: PATIENCE_MS, cache_size: -16_000 }

/** Prisma's libsql adapter, over a client of our own. */
export class SqliteAdapter extends PrismaLibSql {
  readonly #file: string
  readonly #purpose: Purpose
  #client: LibsqlClient | null = null
  #beside: Beside | null = null

  constructor(url: string, purpose: Purpose = 'write') {
    super({ url })
    this.#file = databaseFile(url)
    this.#purpose = purpose
  }

  override createClient(): ReturnType<PrismaLibSql['createClient']> {
    const settings = this.#purpose === 'write' ? SETTINGS : READING
    this.#client = libsqlClient(this.#file, settings, this.#purpose)
    return this.#client as unknown as ReturnType<PrismaLibSql['createClient']>
  }

  /** Errors: `DatabaseOut` where the file is no longer the one that was opened. */
  look(): void {
    this.#client?.look()
  }

  /** Lets ids go on behind what other processes have made; to be called in a transaction. */
  async takeTurn(): Promise<void> {
    const client = this.#client
    if (!client) return
    goOnBehind(client.isChanged() ? await newestTurn(client) : null)
  }

  /** Whoever waits for another process does so outside of the adapter's own lock: others read meanwhile. */
  override async connect() {
    const adapter = await super.connect()
    const { queryRaw, executeRaw, startTransaction } = adapter
    adapter.queryRaw = (query) => patiently(() => queryRaw.call(adapter, query))
    adapter.executeRaw = (query) => patiently(() => executeRaw.call(adapter, query))
    adapter.startTransaction = (level) => patiently(() => startTransaction.call(adapter, level))
    this.#beside = besidePrisma(adapter)
    return adapter
  }

  /** The way past Prisma's client, once that has connected. */
  beside(): Beside {
    if (!this.#beside) throw new Error('nobody has connected')
    return this.#beside
  }
}

/** Tries again while another process writes. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const began = performance.now()
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await work()
    } catch (error) {
      if (outageOf(error)?.kind !== 'held' || performance.now() - began >= PATIENCE_MS) throw error
    }
    await sleep(pause)
  }
}
