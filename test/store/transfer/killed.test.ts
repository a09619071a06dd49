import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { expect, test } from 'vitest'
import { openStore } from '../../../src/store/open-store.ts'
import { freshDatabase } from '../../database.ts'
import { change, freshFile, imported, linesIn } from './told.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** As a checkout that was built: the store looks for its migrations beside itself. */
async function bundledIn(dir: string): Promise<string> {
  for (const name of ['node_modules', 'prisma']) symlinkSync(join(ROOT, name), join(dir, name))
  const input = fileURLToPath(new URL('importer.ts', import.meta.url))
  const bundle = await rolldown({ input, platform: 'node', external: /^[^./]/, logLevel: 'silent' })
  const folder = join(dir, 'dist/store')
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'importer.mjs' })
  await bundle.close()
  return join(folder, 'importer.mjs')
}

test('an import that is killed leaves nothing behind, and the next one goes in', async () => {
  const [source, target] = [freshFile(), await freshDatabase()]
  const dir = mkdtempSync(join(tmpdir(), 'berth-killed-'))
  try {
    const from = await openStore(source.url)
    for (let n = 0; n < 200; n++) await change(from, `${n}`)
    await from.close()
    const { lines } = await linesIn(source.url)
    const child = spawn(process.execPath, [await bundledIn(dir), target.url], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin.write(lines.slice(0, -1).join(''))
    // All rows were read, most of them are written, and the last line never comes.
    for await (const text of child.stdout) if (String(text).includes(`${lines.length - 2}\n`)) break
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await imported(lines, target.url)).rows).toBe(lines.length - 2)
    const store = await openStore(target.url)
    await change(store, 'next')
    expect(await store.events.kept()).toEqual({ first: 1, last: 402 })
    await store.close()
  } finally {
    rmSync(dir, { recursive: true })
    for (const database of [source, target]) await database.drop()
  }
})
