import { existsSync } from 'node:fs'
import pg from 'pg'
import { databaseFile, isPostgresql } from './database-url.ts'
import { libsqlClient } from './sqlite/libsql-client.ts'

const COLUMNS = ['id', 'at', 'actor', 'action', 'target', 'detail', 'requestId', 'prevHash', 'hash'] as const

/** An entry as it stands in the database, each value as text; `seq` as the database has it. */
export type StoredEntry = { readonly [Column in (typeof COLUMNS)[number]]: string } & {
  readonly seq: unknown
}

/** An audit that is read past the service: by nobody's leave but that of the database, and without a change of it. */
export interface AuditReading {
  /** The entries from a number on, in the order of the chain. */
  entries(since: number): AsyncGenerator<StoredEntry>
  /** The ids of entries that have no place in the chain. */
  strays(): AsyncGenerator<string>
  close(): Promise<void>
}

type Ask = (sql: string, args: readonly unknown[]) => Promise<readonly (readonly unknown[])[]>

const AT_ONCE = 1000

/** Nobody else is answered by this process: it may wait. */
const SETTINGS = { busy_timeout: 5000, query_only: 1 }

/**
 * Opens an audit without the service. Nothing is migrated and nothing written.
 *
 * Errors: throws where there is no database, or one of a release whose audit was no chain.
 */
export async function readAudit(url: string): Promise<AuditReading> {
  const { ask, close } = await (isPostgresql(url) ? postgresql(url) : sqlite(databaseFile(url)))
  const mark = isPostgresql(url) ? (n: number) => `$${n}` : () => '?'
  const texts = COLUMNS.map((name) => `CAST("${name}" AS TEXT)`).join(', ')
  try {
    await ask('SELECT "seq" FROM "AuditEntry" LIMIT 1', [])
  } catch (error) {
    await close()
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(
      `no audit with a chain is in this database, which a start of this release makes: ${why}`,
      {
        cause: error,
      },
    )
  }
  return {
    async *entries(since) {
      let [seq, id]: readonly unknown[] = [since, '']
      for (;;) {
        const rows = await ask(
          `SELECT "seq", ${texts} FROM "AuditEntry" WHERE ("seq", "id") > (${mark(1)}, ${mark(2)})
            ORDER BY "seq", "id" LIMIT ${AT_ONCE}`,
          [seq, id],
        )
        for (const [place, ...values] of rows) {
          const named = Object.fromEntries(COLUMNS.map((name, i) => [name, String(values[i] ?? '')]))
          yield { ...named, seq: place } as StoredEntry
        }
        if (rows.length < AT_ONCE) return
        ;[seq, id] = rows.at(-1) as [unknown, unknown]
      }
    },

    async *strays() {
      for (let id = ''; ;) {
        const rows = await ask(
          `SELECT "id" FROM "AuditEntry" WHERE ("seq" IS NULL OR "seq" < 1) AND "id" > ${mark(1)}
            ORDER BY "id" LIMIT ${AT_ONCE}`,
          [id],
        )
        for (const [stray] of rows) yield String(stray)
        if (rows.length < AT_ONCE) return
        id = String(rows.at(-1)?.[0])
      }
    },

    close,
  }
}

interface Opened {
  readonly ask: Ask
  readonly close: () => Promise<void>
}

async function sqlite(file: string): Promise<Opened> {
  // SQLite would make one.
  if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  const client = libsqlClient(file, SETTINGS)
  return {
    ask: async (sql, args) => (await client.execute({ sql, args: args as never })).rows,
    close: async () => client.close(),
  }
}

async function postgresql(url: string): Promise<Opened> {
  const client = new pg.Client({ connectionString: url, options: '-c default_transaction_read_only=on' })
  await client.connect()
  return {
    ask: async (text, values) => {
      const { rows } = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array' })
      return rows
    },
    close: () => client.end(),
  }
}
