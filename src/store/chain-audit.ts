import { GENESIS, type Link } from '../audit/entry.ts'
import { auditRows, chained } from './audit.ts'
import type { Database } from './database.ts'
import type { Db } from './db.ts'
import { Prisma } from './generated/sqlite/client.ts'
import type { Sql } from './sql.ts'

/** Few enough parameters for one statement. */
const AT_ONCE = 500

/**
 * Gives a place in the chain to what was written before there was one, the oldest first.
 *
 * It proves nothing about what happened to them until then. From then on they are as hard to change unseen as any other.
 */
export async function chainOlder({
  client,
  transaction,
}: Pick<Database, 'client' | 'transaction'>): Promise<void> {
  // Each step is a transaction of its own: nobody waits for all of a long audit, and no two give one place.
  while (await client.auditEntry.findFirst({ where: { seq: null } })) {
    await transaction(chainSome, () => [])
  }
}

async function chainSome(db: Db, sql: Sql): Promise<void> {
  const rows = await db.auditEntry.findMany({ where: { seq: null }, orderBy: { id: 'asc' }, take: AT_ONCE })
  if (rows.length === 0) return
  let last: Link = (await auditRows(db, sql).last()) ?? GENESIS
  const places = rows.map((row) => {
    const { id, seq, prevHash, hash } = chained(row, last)
    last = { seq, hash }
    return Prisma.sql`(${id}, CAST(${seq} AS INTEGER), ${prevHash}, ${hash})`
  })
  await db.$executeRaw`
    WITH "place" ("id", "seq", "prevHash", "hash") AS (VALUES ${Prisma.join(places)})
    UPDATE "AuditEntry" SET "seq" = "place"."seq", "prevHash" = "place"."prevHash", "hash" = "place"."hash"
    FROM "place" WHERE "AuditEntry"."id" = "place"."id"`
}
