import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'
import { databaseFile } from '../../../src/store/database-url.ts'
import { migrationsOf } from '../../../src/store/migration-files.ts'
import { migratePostgresql } from '../../../src/store/postgresql/migrate.ts'
import { libsqlClient } from '../../../src/store/sqlite/libsql-client.ts'
import { migrateSqlite } from '../../../src/store/sqlite/migrate.ts'
import { onServer, type TestDatabase } from '../../database.ts'
import { SQLITE_TABLES } from './contents.ts'
import { withoutTriggers } from './fixture-sql.ts'

/** The migrations of an engine, oldest first. */
export function migrationNames(engine: 'sqlite' | 'postgresql'): readonly string[] {
  const names = readdirSync(migrationsOf(engine)).filter((name) => /^\d/.test(name))
  return names.sort()
}

/** The rows of a service that was in use when that migration was the newest. What is checked in never changes. */
export function fixtureOf(migration: string): URL {
  return new URL(`versions/${migration}.sql`, import.meta.url)
}

/** A file as it was when these migrations were all, with the rows of a version; none where that has none. */
export async function oldSqlite(migrations: readonly string[], version: string): Promise<TestDatabase> {
  const dir = await mkdtemp(join(tmpdir(), 'berth-old-'))
  const url = `file:${join(dir, 'berth.db')}`
  await migrateSqlite(url, await only('sqlite', migrations, dir))
  const fixture = fixtureOf(version)
  if (existsSync(fixture)) {
    const client = libsqlClient(databaseFile(url))
    try {
      await client.execute('PRAGMA foreign_keys = OFF')
      await withoutTriggers(client, () => client.executeMultiple(readFileSync(fixture, 'utf8')))
      const { rows: broken } = await client.execute('PRAGMA foreign_key_check')
      if (broken.length > 0) throw new Error(`${version} has rows that refer to none`)
    } finally {
      client.close()
    }
  }
  return { url, environment: { BERTH_DATABASE_URL: url }, drop: () => rm(dir, { recursive: true }) }
}

/** The same rows in a PostgreSQL as it was then: migrations of one time make the same tables in both engines. */
export async function oldPostgresql(server: string, migrations: readonly string[]): Promise<TestDatabase> {
  const name = `berth_test_${randomBytes(8).toString('hex')}`
  await onServer(server, `CREATE DATABASE "${name}"`)
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href
  const dir = await mkdtemp(join(tmpdir(), 'berth-old-'))
  const timeOf = (migration = '') => migration.slice(0, 14)
  const last = timeOf(migrations.at(-1))
  // Of those of one time both engines have some by the same name, and then one may be there without the other.
  const isLater = (one: string) =>
    timeOf(one) === last && migrationNames('postgresql').includes(one) && !migrations.includes(one)
  const then = migrationNames('sqlite').filter((one) => timeOf(one) <= last && !isLater(one))
  const source = await oldSqlite(then, then.at(-1) ?? '')
  try {
    await migratePostgresql(url, await only('postgresql', migrations, dir))
    await copyRows(databaseFile(source.url), url)
  } finally {
    await source.drop()
  }
  const BERTH_SIGNING_KEY_FILE = join(dir, 'signing-key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFile(BERTH_SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const drop = async () => {
    await onServer(server, `DROP DATABASE "${name}" WITH (FORCE)`)
    await rm(dir, { recursive: true })
  }
  return { url, environment: { BERTH_DATABASE_URL: url, BERTH_SIGNING_KEY_FILE }, drop }
}

/** A folder of migrations with these alone. */
async function only(engine: 'sqlite' | 'postgresql', names: readonly string[], dir: string): Promise<URL> {
  const all = fileURLToPath(migrationsOf(engine))
  const folder = join(dir, 'migrations')
  for (const name of names) await cp(join(all, name), join(folder, name), { recursive: true })
  return pathToFileURL(`${folder}/`)
}

async function copyRows(file: string, url: string): Promise<void> {
  const source = libsqlClient(file)
  const target = new pg.Client({ connectionString: url })
  await target.connect()
  try {
    // Neither triggers nor the order of tables count while rows are copied.
    await target.query('SET session_replication_role = replica')
    for (const [table] of (await source.execute(SQLITE_TABLES)).rows) {
      const { columns, columnTypes, rows } = await source.execute(`SELECT * FROM "${String(table)}"`)
      const names = columns.map((column) => `"${column}"`).join(', ')
      const places = columns.map((_, i) => `$${i + 1}`).join(', ')
      for (const row of rows) {
        const values = row.map((value, i) => asPostgresql(value, columnTypes[i] ?? ''))
        await target.query(`INSERT INTO "${String(table)}" (${names}) VALUES (${places})`, values)
      }
      if (columns.includes('seq'))
        await target.query(
          `SELECT setval(pg_get_serial_sequence('"${String(table)}"', 'seq'), max("seq")) FROM "${String(table)}"`,
        )
    }
  } finally {
    await target.end()
    source.close()
  }
}

function asPostgresql(value: unknown, type: string): unknown {
  if (value === null) return null
  if (type === 'BOOLEAN') return Boolean(value)
  return value instanceof ArrayBuffer ? Buffer.from(value) : value
}
