import { existsSync } from 'node:fs'
import { databaseFile } from '../database-url.ts'
import type { Db } from '../db.ts'
import { PrismaClient } from '../generated/sqlite/client.ts'
import { migrationsOf, newestOf } from '../migration-files.ts'
import { WITHOUT_END, type Filled, type Whole } from '../transfer/engine.ts'
import { forgetting } from '../transfer/forgetting.ts'
import type { StoredColumn } from '../transfer/tables.ts'
import { SqliteAdapter } from './adapter.ts'
import { libsqlClient } from './libsql-client.ts'
import { appliedIn, migrateSqlite } from './migrate.ts'
import { damaged, refusalOf } from './refusal.ts'
import { findingsIn } from './soundness.ts'

/**
 * Reads a file as it was at one moment. The service may go on writing to it.
 *
 * Errors: throws a sentence where there is none, where it is damaged, or has not this release's schema.
 */
export async function readSqlite<T>(
  url: string,
  work: (whole: Whole & { readonly migration: string }) => Promise<T>,
): Promise<T> {
  const file = databaseFile(url)
  // SQLite would make one.
  if (!existsSync(file)) throw new Error(`there is no database at ${file}`)
  try {
    const migration = await currentMigration(file)
    return await inTransaction(new SqliteAdapter(url, 'read'), (db) => work({ ...wholeOf(db), migration }))
  } catch (error) {
    throw refusalOf(file, error)
  }
}

async function currentMigration(file: string): Promise<string> {
  const client = libsqlClient(file, { query_only: 1, busy_timeout: 5000 })
  try {
    const [finding] = await findingsIn(client, 'quick')
    if (finding !== undefined) throw new Error(damaged(file, finding))
    const applied = await appliedIn(client)
    if (applied.length === 0) throw new Error(`${file} is no database of Berth`)
    return await newestOf(migrationsOf('sqlite'), applied)
  } finally {
    client.close()
  }
}

/**
 * Fills a file, which is made where there is none, in one transaction and while no trigger speaks.
 *
 * Errors: as `work` does, and as a migration; no row is kept then.
 */
export async function fillSqlite<T extends Filled>(
  url: string,
  work: (whole: Whole) => Promise<T>,
): Promise<T> {
  await migrateSqlite(url)
  try {
    return await inTransaction(new Forgetting(url), async (db) => {
      const triggers = await db.$queryRaw<{ name: string; sql: string }[]>`
        SELECT "name", "sql" FROM sqlite_schema WHERE "type" = 'trigger'`
      for (const { name } of triggers) await db.$executeRawUnsafe(`DROP TRIGGER "${name}"`)
      const filled = await work(wholeOf(db))
      // AUTOINCREMENT goes on behind the highest number by itself.
      for (const { sql } of triggers) await db.$executeRawUnsafe(sql)
      return filled
    })
  } catch (error) {
    throw refusalOf(databaseFile(url), error)
  }
}

class Forgetting extends SqliteAdapter {
  override async connect() {
    return forgetting(await super.connect())
  }
}

async function inTransaction<T>(adapter: SqliteAdapter, work: (db: Db) => Promise<T>): Promise<T> {
  const client = new PrismaClient({ adapter })
  try {
    return await client.$transaction(work, WITHOUT_END)
  } finally {
    await client.$disconnect()
  }
}

function wholeOf(db: Db): Whole {
  return {
    db,
    holdsNul: true,
    stored: async (table) => {
      const columns = await db.$queryRaw<{ name: string; notnull: bigint; pk: bigint }[]>`
        SELECT "name", "notnull", "pk" FROM pragma_table_info(${table})`
      return columns.map(({ name, notnull, pk }): StoredColumn => ({
        name,
        isNullable: Number(notnull) === 0,
        place: Number(pk),
      }))
    },
  }
}
