import { DatabaseOut, outageOfEngine } from './outage.ts'

/** What can be sent with a statement. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null

/**
 * Statements past Prisma's client, through the same adapter and in the same transaction. The client interprets a plan for each
 * statement, which costs several times what the engine needs for it: what every post and every poll asks goes this way.
 *
 * Values stand as `$1`, `$2`, … in the order in which the text names them first; both engines read that.
 *
 * Errors: of the engine, as `outageOf` knows them; `DatabaseOut` once the transaction is over.
 */
export interface Sql {
  /** Rows as lists of values, in the engine's words; `plain` reads them. */
  rows(text: string, values: readonly SqlValue[]): Promise<readonly (readonly unknown[])[]>
  /** How many rows it changed. */
  run(text: string, values: readonly SqlValue[]): Promise<number>
  /** What was written in this transaction since its `Sql` was made, by Prisma too: as `UPDATE Host`. Outside of one nothing is noted. */
  readonly written: ReadonlySet<string>
}

interface Asked {
  sql: string
  args: unknown[]
  argTypes: { scalarType: 'unknown'; arity: 'scalar' }[]
}
interface Queryable {
  queryRaw(asked: Asked): Promise<{ rows: unknown[][] }>
  executeRaw(asked: Asked): Promise<number>
}
interface Transaction extends Queryable {
  commit(): Promise<void>
  rollback(): Promise<void>
}
/** What Prisma's adapters are to Prisma. */
interface Adapter<T> extends Queryable {
  startTransaction(level?: never): Promise<T>
}

/** The two ways beside Prisma: outside of transactions, and in the one that was begun last, for one who writes there. */
export interface Beside {
  readonly sql: Sql
  within(): () => Sql
}

/** What Prisma, and whoever writes by hand, begins a write with. */
const WRITES = /^\s*(INSERT|UPDATE|DELETE)(?: INTO| FROM)?\s+(?:[`"]\w+[`"]\.)?[`"](\w+)[`"]/i

/** How Prisma ends a transaction where the adapter leaves that to it. */
const ENDS = /^\s*(COMMIT|ROLLBACK)\s*;?\s*$/i

/**
 * Goes beside Prisma through its adapter. Of the transactions that Prisma begins, those are ours that are begun with an isolation
 * level; it is taken off again, for the connection has the right one. It begins others by itself, around one call of its client.
 */
export function besidePrisma<T extends Transaction>(adapter: Adapter<T>): Beside {
  const start = adapter.startTransaction.bind(adapter) as (level?: string) => Promise<T>
  let newest: (() => Sql) | null = null
  adapter.startTransaction = async (level?: string) => {
    const transaction = await start()
    if (level !== undefined) newest = withinOf(transaction)
    return transaction
  }
  return {
    sql: sqlOver(adapter, { mustStand: () => {}, written: new Set() }),
    within: () => {
      if (!newest) throw new Error('no transaction was begun')
      return newest
    },
  }
}

/** Prisma undoes a transaction that takes too long; what came after that would be kept, without what was before. */
function withinOf(transaction: Transaction): () => Sql {
  const queryRaw = transaction.queryRaw.bind(transaction)
  const executeRaw = transaction.executeRaw.bind(transaction)
  const commit = transaction.commit.bind(transaction)
  const rollback = transaction.rollback.bind(transaction)
  let written = new Set<string>()
  let isOver = false
  const note = (text: string): void => {
    const [, verb, table] = WRITES.exec(text) ?? []
    if (verb !== undefined) written.add(`${verb.toUpperCase()} ${table}`)
  }
  transaction.queryRaw = (asked) => {
    note(asked.sql)
    return queryRaw(asked)
  }
  transaction.executeRaw = (asked) => {
    if (ENDS.test(asked.sql)) isOver = true
    note(asked.sql)
    return executeRaw(asked)
  }
  transaction.commit = () => {
    isOver = true
    return commit()
  }
  transaction.rollback = () => {
    isOver = true
    return rollback()
  }
  const mustStand = (): void => {
    if (isOver) throw new DatabaseOut('slow')
  }
  return () => {
    written = new Set()
    return sqlOver(transaction, { mustStand, written })
  }
}

function sqlOver(
  queryable: Queryable,
  { mustStand, written }: Pick<Sql, 'written'> & { mustStand(): void },
): Sql {
  const sent = async <R>(ask: () => Promise<R>): Promise<R> => {
    mustStand()
    try {
      return await ask()
    } catch (error) {
      const outage = outageOfEngine(error)
      throw outage === null ? error : new DatabaseOut(outage, error)
    }
  }
  return {
    written,
    rows: async (text, values) => (await sent(() => queryable.queryRaw(asked(text, values)))).rows,
    run: (text, values) => sent(() => queryable.executeRaw(asked(text, values))),
  }
}

const TYPE = { scalarType: 'unknown', arity: 'scalar' } as const

function asked(sql: string, values: readonly SqlValue[]): Asked {
  const args = values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value,
  )
  return { sql, args, argTypes: args.map(() => TYPE) }
}
