import pg from 'pg'
import { databaseFile, isPostgresql } from '../../src/store/database-url.ts'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'

/** Runs statements past the service, as whoever has got hold of the database would. */
export async function rawSql(url: string, script: string): Promise<void> {
  if (isPostgresql(url)) {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return client.query(script).then(
      () => client.end(),
      (error: unknown) => client.end().then(() => Promise.reject(error as Error)),
    )
  }
  const client = libsqlClient(databaseFile(url), { busy_timeout: 5000 })
  try {
    await client.executeMultiple(script)
  } finally {
    client.close()
  }
}

/** The same on the audit, whose triggers and constraints were taken out of the way. */
export function tamper(url: string, script: string): Promise<void> {
  const guards = isPostgresql(url)
    ? ['ALTER TABLE "AuditEntry" DISABLE TRIGGER USER']
    : ['update', 'delete'].map((what) => `DROP TRIGGER IF EXISTS "AuditEntry_no_${what}"`)
  const all = [
    ...guards,
    'DROP INDEX IF EXISTS "AuditEntry_seq_key"',
    'DROP INDEX IF EXISTS "AuditEntry_prevHash_key"',
    ...(isPostgresql(url) ? [] : ['DROP TRIGGER IF EXISTS "AuditEntry_chained"']),
  ]
  return rawSql(url, `${all.join(';\n')};\n${script}`)
}
