import type { Database } from './database.ts'
import type { Db } from './db.ts'
import { DatabaseOut, outageOf, unsure, type Outage } from './outage.ts'
import type { Rows, Store } from './open-store.ts'
import type { Sql } from './sql.ts'

/** What a probe wants to have room for: pages that the database would have to add. */
const ROOM = '-'.repeat(64 * 1024)

/** Writes in transactions, and knows whether the last one could be. */
export function writing(
  { client, transaction, look }: Database,
  rowsOf: (db: Db, sql: Sql) => Rows,
): Pick<Store, 'write' | 'ping'> {
  let out: Outage | null = null
  return {
    write: async (work, told = () => []) => {
      let isWorked = false
      try {
        const done = await transaction(async (tx, sql) => {
          const result = await work(rowsOf(tx, sql))
          isWorked = true
          return result
        }, told)
        out = null
        return done
      } catch (error) {
        const outage = outageOf(error)
        if (outage === null) throw error
        out = outage
        // It failed in the commit.
        throw isWorked ? new DatabaseOut(unsure(outage), error) : error
      }
    },
    ping: async () => {
      look()
      await client.$queryRaw`SELECT "id" FROM "_prisma_migrations" LIMIT 1`
      if (out === null) return
      await transaction(probe, () => [])
      out = null
    },
  }
}

/** Writes something large, and takes it back at once: the rows stay as they are. */
async function probe(tx: Db): Promise<void> {
  const [row] = await tx.$queryRaw<{ id: string; logs: string | null }[]>`
    SELECT "id", "logs" FROM "_prisma_migrations" ORDER BY "id" LIMIT 1`
  await tx.$executeRaw`UPDATE "_prisma_migrations" SET "logs" = ${ROOM} WHERE "id" = ${row?.id}`
  await tx.$executeRaw`UPDATE "_prisma_migrations" SET "logs" = ${row?.logs} WHERE "id" = ${row?.id}`
}
