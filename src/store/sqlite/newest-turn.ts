import { turnOf } from '../new-id.ts'
import type { LibsqlClient } from './libsql-client.ts'

const TABLES = `SELECT t.name FROM sqlite_schema t, pragma_table_info(t.name) c
  WHERE t.type = 'table' AND t.name NOT GLOB '_prisma_*' AND c.name = 'id' AND c.pk = 1 AND c.type = 'TEXT'`

/** The highest time that an id in a file was made of; null where there is none. It reads one entry of an index for each table. */
export async function newestTurn(client: LibsqlClient): Promise<number | null> {
  const { rows: tables } = await client.execute(TABLES)
  if (tables.length === 0) return null
  const highest = tables.map(([name]) => `SELECT max("id") FROM "${String(name)}"`)
  const { rows } = await client.execute(highest.join(' UNION ALL '))
  const turns = rows.flatMap(([id]) => turnOf(String(id)) ?? [])
  return turns.length === 0 ? null : Math.max(...turns)
}
