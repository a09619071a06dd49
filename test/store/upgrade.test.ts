import { readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mintBearer } from '../../src/http/bearer.ts'
import { databaseFile } from '../../src/store/database-url.ts'
import { libsqlClient } from '../../src/store/sqlite/libsql-client.ts'
import { SERVER, type TestDatabase } from '../database.ts'
import { startApi } from '../http/api.ts'
import { contentsOf, type Contents, type Row } from './upgrade/contents.ts'
import { expectAnswers } from './upgrade/expect-answers.ts'
import { fixtureSql } from './upgrade/fixture-sql.ts'
import { lived } from './upgrade/lived.ts'
import { fixtureOf, migrationNames, oldPostgresql, oldSqlite } from './upgrade/old-database.ts'

/** What is changed on purpose in rows that are found; everything else has to stay as it was. */
interface Rewritten {
  /** The migration that does it; any start where it is left out. */
  readonly by?: string
  readonly holds: (old: string, now: string) => void
}
const placed: Rewritten = {
  holds: (old, now) => expect([old || now, now]).toEqual([now, expect.stringMatching(/./)]),
}
const REWRITTEN: Readonly<Record<string, Rewritten>> = {
  // An entry of the audit that has no place in the chain is given one.
  'AuditEntry.seq': placed,
  'AuditEntry.prevHash': placed,
  'AuditEntry.hash': placed,
  'Rollout.spec': {
    by: '20260601000000_reboot_modes',
    holds: (old, now) => expect(JSON.parse(now)).toMatchObject(JSON.parse(old) as object),
  },
}

function expectKept(before: Contents, after: Contents, version: string): void {
  for (const [table, rows] of before) {
    const rewritten = Object.entries(REWRITTEN).filter(
      ([name, { by }]) => name.startsWith(`${table}.`) && (by === undefined || by > version),
    )
    const names = rewritten.map(([name]) => name.slice(table.length + 1))
    const [columns = []] = rows.map((row) => Object.keys(row).filter((name) => !names.includes(name)))
    const left = (row: Row) => JSON.stringify(columns.map((name) => row[name] ?? null))
    const sorted = (all: readonly Row[]) => [...all].sort((a, b) => (left(a) < left(b) ? -1 : 1))
    const [old, now] = [sorted(rows), sorted(rows.length > 0 ? (after.get(table) ?? []) : [])]
    expect([table, now.map(left)]).toEqual([table, old.map(left)])
    rewritten.forEach(([, { holds }], i) => {
      const value = (row?: Row) => row?.[names[i] ?? ''] ?? ''
      old.forEach((row, k) => holds(value(row), value(now[k])))
    })
  }
}

/** A service on a database of before: the rows as they were are all there, and it answers for them. */
async function expectUpgraded(database: TestDatabase, version: string): Promise<void> {
  const before = await contentsOf(database.url)
  const api = await startApi({ database })
  try {
    expectKept(before, await contentsOf(database.url), version)
    const { shown, hash } = mintBearer('admin', 'key_upgraded')
    const key = { id: 'key_upgraded', role: 'admin', name: '', secretHash: hash, createdBy: '' }
    await api.store.keys.insert({ ...key, createdAt: new Date(0), expiresAt: null })
    await expectAnswers(api, before, shown)
  } finally {
    await api.close()
  }
}

const SQLITE = migrationNames('sqlite')
const upTo = (names: readonly string[]) => names.map((name, i) => [name, names.slice(0, i + 1)] as const)

// A file has no say in what PostgreSQL does, nor the other way round.
if (SERVER === undefined) {
  test.each(upTo(SQLITE))(
    'from %s: every row is still there, and the service answers for it',
    async (name, migrations) => expectUpgraded(await oldSqlite(migrations, name), name),
  )

  test('from a checkout that had a migration before those that are sorted before it', async () => {
    const newest = '20260501000000_fleetlock_credentials'
    const had = SQLITE.filter((name) => name <= newest || name === '20260701000000_sessions')
    await expectUpgraded(await oldSqlite(had, newest), newest)
  })
} else {
  const server = SERVER
  test.each(upTo(migrationNames('postgresql')))(
    'from %s on PostgreSQL: every row is still there, and the service answers for it',
    async (name, migrations) => expectUpgraded(await oldPostgresql(server, migrations), name),
  )
}

/** An upgrade from a version without rows would show nothing, and pass. */
test('each migration has the rows of its version, and each version that is checked in is a migration', () => {
  const versions = readdirSync(new URL('upgrade/versions/', import.meta.url))
  expect(versions.sort()).toEqual(SQLITE.map((name) => `${name}.sql`))
})

/** `npm run versions:write`, once for each new migration and never again: what is checked in is what there was then. */
async function writeVersion(): Promise<void> {
  const api = await startApi()
  const client = libsqlClient(databaseFile(api.databaseUrl))
  try {
    await lived(api)
    writeFileSync(fixtureOf(SQLITE.at(-1) ?? ''), await fixtureSql(client), { flag: 'wx' })
  } finally {
    client.close()
    await api.close()
  }
}
if (process.env['WRITE_VERSION'] !== undefined) test('writes the rows of this version', writeVersion)
