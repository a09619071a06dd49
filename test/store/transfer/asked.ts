import pg from 'pg'
import { databaseFile, isPostgresql } from '../../../src/store/database-url.ts'
import { libsqlClient } from '../../../src/store/sqlite/libsql-client.ts'

/** What an engine answers, past the service. */
export async function asked(url: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  if (!isPostgresql(url)) {
    const client = libsqlClient(databaseFile(url))
    return client
      .execute(sql)
      .then(({ rows }) => rows)
      .finally(() => client.close())
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
    .query<unknown[]>({ text: sql, rowMode: 'array' })
    .then(({ rows }) => rows)
    .finally(() => client.end())
}
