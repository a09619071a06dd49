import Libsql from 'libsql'

/** Prepared again when it is asked for again; the service itself has fewer different ones. */
const MOST_STATEMENTS = 500

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
 * Errors: libsql's, with SQLite's code.
 */
export function libsqlClient(file: string, { timeoutMs }: { readonly timeoutMs: number }): LibsqlClient {
  const database = new Libsql(file, { timeout: timeoutMs })
  const kept = new Map<string, Prepared>()

  function prepared(sql: string): Prepared {
    const known = kept.get(sql)
    // The least recently used is the first.
    if (known) kept.delete(sql)
    const one = known ?? prepare(database, sql)
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

  // libsql works in this thread: a promise tells nobody to wait.
  const execute = async (sql: Sql): Promise<ResultSet> => run(sql)
  return {
    execute,
    executeMultiple: async (script) => void database.exec(script),
    transaction: async () => {
      run('BEGIN IMMEDIATE')
      return { execute, commit: () => execute('COMMIT'), rollback: () => execute('ROLLBACK') }
    },
    close: () => {
      kept.clear()
      database.close()
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
