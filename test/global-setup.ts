import { execFileSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { onServer, SERVER, TEMPLATE } from './database.ts'

const ROOT = new URL('..', import.meta.url)
const ENGINES = ['sqlite', 'postgresql'] as const
const LOCK = new URL('node_modules/.berth-generate/', ROOT)

/** `npm test` works right after `npm ci`: install scripts are off, so nothing has generated the clients yet. */
export async function setup(): Promise<void> {
  for (const engine of ENGINES) {
    while (isStale(engine)) {
      // Two test runs at once would write over each other.
      if (await taken()) generate(engine)
      else await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  if (SERVER !== undefined) await makeTemplate(SERVER)
}

function generate(engine: (typeof ENGINES)[number]): void {
  try {
    const prisma = fileURLToPath(new URL('node_modules/prisma/build/index.js', ROOT))
    const env = { ...process.env, BERTH_DATABASE_URL: engine === 'sqlite' ? 'file:x' : 'postgresql://x' }
    execFileSync(process.execPath, [prisma, 'generate'], { cwd: fileURLToPath(ROOT), stdio: 'pipe', env })
  } finally {
    rmSync(LOCK, { recursive: true })
  }
}

function isStale(engine: (typeof ENGINES)[number]): boolean {
  const generated = new URL(`src/store/generated/${engine}/client.ts`, ROOT)
  const schema = new URL(`prisma/${engine}/schema.prisma`, ROOT)
  const made = statSync(generated, { throwIfNoEntry: false })
  return !made || made.mtimeMs < statSync(schema).mtimeMs
}

async function taken(): Promise<boolean> {
  try {
    await mkdir(LOCK)
    return true
  } catch {
    return false
  }
}

async function makeTemplate(server: string): Promise<void> {
  const { migratePostgresql } = await import('../src/store/postgresql/migrate.ts')
  await onServer(server, `DROP DATABASE IF EXISTS "${TEMPLATE}" WITH (FORCE)`)
  await onServer(server, `CREATE DATABASE "${TEMPLATE}"`)
  const url = new URL(server)
  url.pathname = `/${TEMPLATE}`
  await migratePostgresql(url.href)
}
