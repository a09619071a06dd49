import { isPostgresql } from '../../src/store/database-url.ts'
import { Prisma } from '../../src/store/generated/sqlite/client.ts'
import { openPostgresql } from '../../src/store/postgresql/open.ts'
import { openSqlite } from '../../src/store/sqlite/open.ts'

/** How many rows every table has, on a connection of its own. */
export async function rowCounts(url: string): Promise<Record<string, number>> {
  const { client, close } = await (isPostgresql(url) ? openPostgresql : openSqlite)(url)
  const counts: Record<string, number> = {}
  for (const name of Object.values(Prisma.ModelName)) {
    const model = `${name[0]?.toLowerCase()}${name.slice(1)}` as 'host'
    counts[name] = await client[model].count()
  }
  await close()
  return counts
}
