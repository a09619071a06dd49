import { createHash } from 'node:crypto'
import Libsql from 'libsql'
import pg from 'pg'
import { databaseFile, isPostgresql } from '../../src/store/database-url.ts'

/** A database beside the service that has it open: what is in it, and whether it is sound. */
export interface RawDatabase {
  /** What the engine itself finds wrong with it. */
  faults(): Promise<string[]>
  /** Another one after every commit of anybody else; null where the engine does not say. */
  version(): Promise<string | null>
  /** Every row of every table, as text, in an order that depends on nothing but what is in it. */
  dump(): Promise<Dump>
  close(): Promise<void>
}

export type Dump = ReadonlyMap<string, readonly string[]>

export async function rawDatabase(url: string): Promise<RawDatabase> {
  return isPostgresql(url) ? postgresqlAt(url) : sqliteAt(databaseFile(url))
}

/** Puts everything that was committed into the one file, so that it can be copied. */
export function settle(file: string): void {
  const database = new Libsql(file)
  database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all()
  database.close()
}

function sqliteAt(file: string): RawDatabase {
  const database = new Libsql(file)
  const all = (sql: string) => database.prepare(sql).all() as Record<string, unknown>[]
  const faults = () => [
    ...all('PRAGMA integrity_check').flatMap((row) =>
      row['integrity_check'] === 'ok' ? [] : [String(row['integrity_check'])],
    ),
    ...all('PRAGMA foreign_key_check').map((row) => `a row of ${String(row['table'])} refers to none`),
  ]
  const tables = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`
  return {
    faults: async () => faults(),
    version: async () => String(all('PRAGMA data_version')[0]?.['data_version']),
    dump: async () =>
      new Map(all(tables).map(({ name }) => [String(name), sorted(all(`SELECT * FROM "${String(name)}"`))])),
    close: async () => void database.close(),
  }
}

async function postgresqlAt(url: string): Promise<RawDatabase> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const all = async (sql: string) => (await client.query<Record<string, unknown>>(sql)).rows
  const tables = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`
  return {
    // It checks its constraints by itself, and has no other opinion.
    faults: async () => [],
    version: async () => null,
    dump: async () => {
      const dump = new Map<string, string[]>()
      for (const { name } of await all(tables))
        dump.set(String(name), sorted(await all(`SELECT * FROM "${String(name)}"`)))
      return dump
    },
    close: () => client.end(),
  }
}

function sorted(rows: readonly Record<string, unknown>[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]))),
    )
    .sort()
}

function textOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value
}
