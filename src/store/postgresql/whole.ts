import { PrismaPg } from '@prisma/adapter-pg'
import type { Db } from '../db.ts'
import { PrismaClient, type Prisma } from '../generated/postgresql/client.ts'
import { migrationsOf, newestOf, type Applied } from '../migration-files.ts'
import { lastWordsOf, outageOf } from '../outage.ts'
import { WITHOUT_END, type Filled, type Whole } from '../transfer/engine.ts'
import { forgetting } from '../transfer/forgetting.ts'
import type { StoredColumn } from '../transfer/tables.ts'
import { migratePostgresql } from './migrate.ts'

/** Prisma's client of this engine, in a transaction; its models are those of the other. */
type Tx = Prisma.TransactionClient

/**
 * Reads a database as it was at one moment. Replicas may go on writing to it.
 *
 * Errors: throws a sentence where there is none, or where it has not this release's schema.
 */
export function readPostgresql<T>(
  url: string,
  work: (whole: Whole & { readonly migration: string }) => Promise<T>,
): Promise<T> {
  return inTransaction(url, 'RepeatableRead', async (tx) => {
    await tx.$executeRaw`SET TRANSACTION READ ONLY`
    const migration = await newestOf(migrationsOf('postgresql'), await appliedIn(tx))
    return work({ ...wholeOf(tx), migration })
  })
}

async function appliedIn(tx: Tx): Promise<readonly Applied[]> {
  const [found] = await tx.$queryRaw<{ is: boolean }[]>`
    SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS "is"`
  if (!found?.is) throw new Error('what is there is no database of Berth')
  return tx.$queryRaw<Applied[]>`
    SELECT migration_name AS "name", checksum, finished_at IS NOT NULL AS "finished"
      FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`
}

/**
 * Fills a database in one transaction, in which nobody else writes, and while no trigger speaks.
 *
 * Errors: as `work` does, and as a migration; no row is kept then.
 */
export async function fillPostgresql<T extends Filled>(
  url: string,
  work: (whole: Whole) => Promise<T>,
): Promise<T> {
  await migratePostgresql(url)
  return inTransaction(url, 'ReadCommitted', async (tx) => {
    await tx.$queryRaw`SELECT "berth_turn"()`
    const tables = await tx.$queryRaw<{ name: string; numbered: string[] }[]>`
      SELECT t.relname::text AS "name", COALESCE(array_agg(a.attname::text) FILTER (WHERE
          pg_get_serial_sequence(quote_ident(t.relname), a.attname) IS NOT NULL), '{}') AS "numbered"
        FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r' AND t.relname NOT LIKE '\\_prisma%'
       GROUP BY t.relname`
    // What keeps references right are triggers as well, but the engine's own: they go on.
    for (const { name } of tables) await tx.$executeRawUnsafe(`ALTER TABLE "${name}" DISABLE TRIGGER USER`)
    const filled = await work(wholeOf(tx))
    // What is checked at the end of a transaction would keep a table from being altered.
    for (const { name } of tables) await tx.$executeRawUnsafe(`ALTER TABLE "${name}" ENABLE TRIGGER USER`)
    // Sequences keep what they are told also where the transaction is undone: they are the last thing that is told.
    for (const { name, numbered } of tables)
      for (const column of numbered)
        await tx.$queryRawUnsafe(
          `SELECT setval(pg_get_serial_sequence('"${name}"', '${column}'), max("${column}"))::text FROM "${name}"`,
        )
    const { newestTurn } = filled
    if (newestTurn !== null)
      await tx.$queryRaw`SELECT setval('"berth_turns"', GREATEST(nextval('"berth_turns"'), ${BigInt(newestTurn)}))::text`
    return filled
  })
}

class Forgetting extends PrismaPg {
  override async connect() {
    return forgetting(await super.connect())
  }
}

async function inTransaction<T>(
  url: string,
  isolationLevel: 'RepeatableRead' | 'ReadCommitted',
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const adapter = new Forgetting({ connectionString: url, max: 1 }, { onPoolError: () => {} })
  const client = new PrismaClient({ adapter })
  try {
    return await client.$transaction(work, { ...WITHOUT_END, isolationLevel })
  } catch (error) {
    const outage = outageOf(error)
    throw outage ? new Error(`${outage.detail}: ${lastWordsOf(error)}`, { cause: error }) : error
  } finally {
    await client.$disconnect()
  }
}

function wholeOf(tx: Tx): Whole {
  return {
    db: tx as unknown as Db,
    holdsNul: false,
    stored: (table) => tx.$queryRaw<StoredColumn[]>`
      SELECT a.attname::text AS "name", NOT a.attnotnull AS "isNullable",
             COALESCE(array_position(i.indkey::int2[], a.attnum), -1) + 1 AS "place"
        FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
       WHERE a.attrelid = to_regclass(quote_ident(${table})) AND a.attnum > 0 AND NOT a.attisdropped`,
  }
}
