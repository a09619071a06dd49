import { statSync } from 'node:fs'
import { migrationsOf, pendingMigrations } from '../migration-files.ts'
import { libsqlClient } from './libsql-client.ts'
import { appliedIn } from './migrate.ts'
import { refusalOf } from './refusal.ts'
import { findingsIn } from './soundness.ts'

/** What SQLite would take for the log, and the index of the log, of whatever lies beside it. */
const LOGS = ['-wal', '-shm', '-journal']

/** What lies at a path and beside it, so that a change shows; null where nothing does. */
export function markOf(file: string): string | null {
  const marks = ['', ...LOGS].map((part) => {
    const found = statSync(file + part, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}` : ''
  })
  return marks[0] === '' ? null : marks.join(' ')
}

/**
 * Why the file that lies in the place of a database must not be opened in its stead; null where it may. It only reads.
 *
 * A log that the old one has left there would be written into the new one, and nothing about either tells them apart; of its index
 * both would make use at once. That alone is reason enough.
 */
export async function objectionTo(file: string): Promise<string | null> {
  const log = LOGS.find((part) => (statSync(file + part, { throwIfNoEntry: false })?.size ?? 0) > 0)
  if (log !== undefined)
    return `${file}${log} lies beside it and may be of the one before: move it to where that one is`
  try {
    const client = libsqlClient(file, { query_only: 1 })
    try {
      const [finding] = await findingsIn(client, 'quick')
      if (finding !== undefined) return `it is damaged: ${finding}`
      const applied = await appliedIn(client)
      if (applied.length === 0) return 'it is no database of Berth'
      await pendingMigrations(migrationsOf('sqlite'), applied)
      const { rows } = await client.execute('SELECT 1 FROM "ApiKey" LIMIT 1')
      return rows.length === 0 ? 'nobody has a key to it: it was never in use' : null
    } finally {
      client.close()
    }
  } catch (error) {
    const refusal = refusalOf(file, error)
    return refusal instanceof Error ? refusal.message : String(refusal)
  }
}
