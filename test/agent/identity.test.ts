import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readIdentity, writeIdentity } from '../../src/agent/index.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-'))
})
afterEach(() => rm(folder, { recursive: true }))

const identity = {
  server: 'http://localhost:1',
  host: 'host_1',
  credential: 'berth_host_1_secret',
  signing_keys: ['a key'],
}

test('an identity is read back, and only its owner may read it', async () => {
  const path = join(folder, 'deep', 'identity.json')
  await writeIdentity(path, identity)
  expect(await readIdentity(path)).toEqual(identity)
  expect((await stat(path)).mode % 0o1000).toBe(0o600)
})

test('writing over a file that others may read closes it', async () => {
  const path = join(folder, 'identity.json')
  await writeFile(path, 'old', { mode: 0o644 })
  await writeIdentity(path, identity)
  expect((await stat(path)).mode % 0o1000).toBe(0o600)
})

test('no file: not enrolled; another file: an error that names it', async () => {
  expect(await readIdentity(join(folder, 'none'))).toBeNull()
  await writeFile(join(folder, 'other'), '{"server":"x"}')
  await expect(readIdentity(join(folder, 'other'))).rejects.toThrow('other is not an identity')
})
