import { execFileSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('..', import.meta.url)
const SCHEMA = new URL('prisma/sqlite/schema.prisma', ROOT)
const GENERATED = new URL('src/store/generated/sqlite/client.ts', ROOT)
const LOCK = new URL('node_modules/.berth-generate/', ROOT)

/** `npm test` works right after `npm ci`: install scripts are off, so nothing has generated the client yet. */
export async function setup(): Promise<void> {
  while (stale()) {
    // Two test runs at once would write over each other.
    if (!(await taken())) {
      await new Promise((resolve) => setTimeout(resolve, 200))
      continue
    }
    try {
      const prisma = fileURLToPath(new URL('node_modules/prisma/build/index.js', ROOT))
      execFileSync(process.execPath, [prisma, 'generate'], { cwd: fileURLToPath(ROOT), stdio: 'pipe' })
    } finally {
      rmSync(LOCK, { recursive: true })
    }
  }
}

function stale(): boolean {
  const generated = statSync(GENERATED, { throwIfNoEntry: false })
  return !generated || generated.mtimeMs < statSync(SCHEMA).mtimeMs
}

async function taken(): Promise<boolean> {
  try {
    await mkdir(LOCK)
    return true
  } catch {
    return false
  }
}
