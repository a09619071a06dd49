import { execFile } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Opens a database in several processes at once, each of which appends entries to its audit. */
export async function writersAt(
  url: string,
  { names, entries }: { readonly names: readonly string[]; readonly entries: number },
): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'berth-audit-'))
  try {
    const program = await bundledIn(dir)
    const run = promisify(execFile)
    await Promise.all(names.map((name) => run(process.execPath, [program, url, name, String(entries)])))
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** As a checkout that was built: the store looks for its migrations beside itself. */
async function bundledIn(dir: string): Promise<string> {
  for (const name of ['node_modules', 'prisma']) symlinkSync(path.join(ROOT, name), path.join(dir, name))
  const input = fileURLToPath(new URL('audit-writer.ts', import.meta.url))
  const bundle = await rolldown({ input, platform: 'node', external: /^[^./]/, logLevel: 'silent' })
  const folder = path.join(dir, 'dist/store')
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'audit-writer.mjs' })
  await bundle.close()
  return path.join(folder, 'audit-writer.mjs')
}
