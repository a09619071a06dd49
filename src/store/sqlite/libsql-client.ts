import type Libsql from 'libsql'
import { begin, openConnection, type Purpose, type Settings, type Transaction } from './connection.ts'

/** Prepared again when it is asked for again; the service itself has fewer different ones. */
const MOST_STATEMENTS = 500

/** What Prisma, and whoever writes by hand, begins a write with. */
const WRITES = /^\s*(INSERT|UPDATE|DELETE|REPLACE)\b/i

type Value = string | number | bigint | boolean | Buffer | ArrayBuffer | null
export type Sql = string | { readonly sql: string; readonly args: readonly Value[] }

/** Rows as lists of values: what Prisma's adapter makes its answers of. */
export interface ResultSet {
  readonly columns: readonly string[]
  readonly columnTypes: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
  readonly rowsAffected: number
}

/** What Prisma's libsql adapter asks of a client. */
export interface LibsqlClient {
  execute(sql: Sql): Promise<ResultSet>
  executeMultiple(script: string): Promise<void>
  transaction(): Promise<{
    execute(sql: Sql): Promise<ResultSet>
    commit(): Promise<unknown>
    rollback(): Promise<unknown>
  }>
  /** Errors: `DatabaseOut` where the file is no longer the one that was opened. */
  look(): void
  /** Whether another connection has committed since this was asked last, or may have; to be asked in a transaction. */
  isChanged(): boolean
  close(): void
}

interface Prepared {
  readonly statement: Libsql.Statement
  /** Null where it returns no rows. */
  readonly columns: { readonly names: readonly string[]; readonly types: readonly string[] } | null
}

/**
 * One connection to one file, whose statements are prepared once and kept.
 *
 * The stock client prepares every statement again, reads its columns again, and makes an object of every row that
 * the adapter takes apart. It also opens a deferred connection for each interactive transaction, never closes it, and loses the
 * PRAGMAs on it. The adapter holds its own lock for a whole transaction, so this connection can serve that too,
 * and BEGIN IMMEDIATE lets read-then-write transactions of two processes queue up instead of failing.
 *
 * It never waits for another process that writes: libsql would sleep in this thread, and nobody else would be answered.
 *
 * `settings`: PRAGMAs, said to the connection and to each that takes its place. `purpose`: of its transactions.
 *
 * Errors: libsql's, with SQLite's code; `DatabaseOut` where the file is no longer the one that was opened.
 */
export function libsqlClient(
  file: string,
  settings: Settings = {},
  purpose: Purpose = 'write',
): LibsqlClient {
  const kept = new Map<string, Prepared>()
  let version: unknown = null
  const connection = openConnection(file, settings, () => {
    kept.clear()
    version = null
  })

  function prepared(sql: string): Prepared {
    const known = kept.get(sql)
    // The least recently used is the first.
    if (known) kept.delete(sql)
    const one = known ?? prepare(connection.database(), sql)
    kept.set(sql, one)
    const [oldest] = kept.keys()
    if (kept.size > MOST_STATEMENTS && oldest !== undefined) kept.delete(oldest)
    return one
  }

  function run(asked: Sql): ResultSet {
    const { sql, args } = typeof asked === 'string' ? { sql: asked, args: [] } : asked
    try {
      return answerOf(prepared(sql), args.map(bound))
    } catch (error) {
      // One that stopped half way is not used again.
      kept.delete(sql)
      throw error
    }
  }

  /**
   * A statement that waits for a lock in vain stays under way until it is freed, and until then nothing can be committed. What
   * `exec` runs is freed at once; so only BEGIN ever waits.
   */
  function alone(asked: Sql): ResultSet {
    if (!WRITES.test(typeof asked === 'string' ? asked : asked.sql)) {
      connection.use('read')
      return run(asked)
    }
    const transaction = begin(connection)
    try {
      const done = transaction.within(() => run(asked))
      transaction.commit()
      return done
    } catch (error) {
      transaction.rollback()
      throw error
    }
  }

  let current: Transaction | null = null
  const ended = (how: 'commit' | 'rollback', transaction: Transaction) => async () => {
    if (current === transaction) current = null
    connection.watched(transaction[how])
  }
  // libsql works in this thread: a promise tells nobody to wait.
  const execute = async (sql: Sql): Promise<ResultSet> =>
    connection.watched(() => (current ? current.within(() => run(sql)) : alone(sql)))
  return {
    execute,
    executeMultiple: async (script) => connection.watched(() => void connection.database().exec(script)),
    transaction: async () => {
      const transaction = connection.watched(() => begin(connection, purpose))
      current = transaction
      return { execute, commit: ended('commit', transaction), rollback: ended('rollback', transaction) }
    },
    look: connection.mustBeThere,
    isChanged: () =>
      connection.watched(() => {
        const before = version
        ;[[version]] = run('PRAGMA data_version').rows as [[unknown]]
        return version !== before
      }),
    close: () => {
      kept.clear()
      connection.close()
    },
  }
}

function prepare(database: Libsql.Database, sql: string): Prepared {
  const statement = database.prepare(sql)
  statement.safeIntegers(true)
  try {
    statement.raw(true)
  } catch {
    // So it says that there is nothing to return.
    return { statement, columns: null }
  }
  const columns = statement.columns()
  return {
    statement,
    columns: { names: columns.map((one) => one.name), types: columns.map((one) => one.type ?? '') },
  }
}

function answerOf({ statement, columns }: Prepared, args: readonly unknown[]): ResultSet {
  if (columns === null) {
    const { changes } = statement.run(args)
    return { columns: [], columnTypes: [], rows: [], rowsAffected: changes }
  }
  const rows = (statement.all(args) as unknown[][]).map((row) => row.map(read))
  return { columns: columns.names, columnTypes: columns.types, rows, rowsAffected: 0 }
}

function read(value: unknown): unknown {
  return value instanceof Buffer ? Uint8Array.from(value).buffer : value
}

function bound(value: Value): unknown {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return value instanceof ArrayBuffer ? Buffer.from(value) : value
}
