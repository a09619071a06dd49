import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'

/** Where a PostgreSQL is whose databases tests may make and drop; without it they run on SQLite. */
export const SERVER = process.env['BERTH_TEST_POSTGRESQL']

/** What `global-setup.ts` has brought to this release's schema, so that tests can copy it. */
export const TEMPLATE = 'berth_test_template'

export interface TestDatabase {
  readonly url: string
  /** What a whole service on it has to be told. */
  readonly environment: Readonly<Record<string, string>>
  drop(): Promise<void>
}

/** An empty database of its own. On SQLite it is a file that nobody has made yet. */
export async function freshDatabase(): Promise<TestDatabase> {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-test-'))
  const { url, drop, ...environment } = await (SERVER === undefined
    ? sqliteIn(dir)
    : postgresqlBeside(dir, SERVER))
  return {
    url,
    environment: { BERTH_DATABASE_URL: url, ...environment },
    drop: async () => {
      await drop()
      await rm(dir, { recursive: true })
    },
  }
}

async function sqliteIn(dir: string) {
  return { url: `file:${path.join(dir, 'berth.db')}`, drop: async () => {} }
}

async function postgresqlBeside(dir: string, server: string) {
  const name = `berth_test_${randomBytes(8).toString('hex')}`
  await onServer(server, `CREATE DATABASE "${name}" TEMPLATE "${TEMPLATE}"`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const BERTH_SIGNING_KEY_FILE = path.join(dir, 'signing-key.pem')
  const { privateKey } = generateKeyPairSync('ed25519')
  await writeFile(BERTH_SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return {
    url: url.href,
    BERTH_SIGNING_KEY_FILE,
    drop: () => onServer(server, `DROP DATABASE "${name}" WITH (FORCE)`),
  }
}

/** Runs one statement as whoever may make databases. */
export async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
