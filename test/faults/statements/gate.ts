import Libsql from 'libsql'

/** How a statement fails: with which of SQLite's codes, and what becomes of the transaction around it. */
export interface Fault {
  readonly code: string
  readonly rawCode: number
  readonly message: string
  /** SQLite undoes a transaction by itself for some failures, and leaves it open for others. */
  readonly isUndone: boolean
}

/** Which statement: by its number, from 1 on, or the first that looks so. */
export type At = number | RegExp

interface Armed {
  readonly fault: Fault
  readonly at: At
}

/** Counts the statements of this process, and lets one of them fail. */
export interface Gate {
  /** From here on; it happens once. */
  arm(at: At, fault: Fault): void
  /** Resolves when nothing has been asked of SQLite for a while: what an answer has set going is over. */
  quiet(): Promise<void>
  /** Counts no longer. How many there were, and which of them failed. */
  disarm(): { readonly count: number; readonly failed: string | null }
}

type Work = (this: object, ...args: unknown[]) => unknown

/** How a transaction gives up is no statement that fails: by then something has failed already. */
const UNCOUNTED = /^\s*(ROLLBACK|PRAGMA)/i

/** SQLite answers in this thread, so whoever goes on asks within a few turns. */
const QUIET_TURNS = 20

/**
 * Puts itself between the service and SQLite's library, below everything that is ours. Once a process: it stays there, and lets
 * everything pass while it is not armed.
 */
export function gateBeforeSqlite(): Gate {
  const scratch = new Libsql(':memory:')
  const databases = Object.getPrototypeOf(scratch) as Record<'exec' | 'prepare', Work>
  const statements = Object.getPrototypeOf(scratch.prepare('SELECT 1')) as Record<'run' | 'all', Work>
  scratch.close()
  const { exec, prepare } = databases
  const { run, all } = statements
  const made = new WeakMap<object, { readonly database: object; readonly sql: string }>()
  let armed: Armed | null = null
  let count = 0
  let asked = 0
  let failed: string | null = null

  const pass = (database: object, sql: string, work: () => unknown): unknown => {
    asked++
    if (!armed || UNCOUNTED.test(sql)) return work()
    count++
    const { at } = armed
    if (failed !== null || (typeof at === 'number' ? at !== count : !at.test(sql))) return work()
    failed = sql
    const { code, rawCode, message, isUndone } = armed.fault
    if (isUndone && (database as { inTransaction: boolean }).inTransaction) exec.call(database, 'ROLLBACK')
    throw new Libsql.SqliteError(message, code, rawCode)
  }
  databases.prepare = function (...args) {
    const statement = prepare.apply(this, args) as object
    made.set(statement, { database: this, sql: String(args[0]) })
    return statement
  }
  databases.exec = function (...args) {
    return pass(this, String(args[0]), () => exec.apply(this, args))
  }
  for (const [name, work] of [
    ['run', run],
    ['all', all],
  ] as const) {
    statements[name] = function (...args) {
      const known = made.get(this)
      return known ? pass(known.database, known.sql, () => work.apply(this, args)) : work.apply(this, args)
    }
  }
  return {
    arm: (at, fault) => {
      armed = { at, fault }
      count = 0
      failed = null
    },
    quiet: async () => {
      for (let before = -1; before !== asked;) {
        before = asked
        for (let turn = 0; turn < QUIET_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
    },
    disarm: () => {
      armed = null
      return { count, failed }
    },
  }
}
