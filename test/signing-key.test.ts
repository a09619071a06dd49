import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, statSync, writeFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { signerOf } from '../src/http/signing/signer.ts'
import { signingKeys } from '../src/signing-key.ts'
import { scratchFolder } from './cli/scratch.ts'

const none: readonly string[] = []
const idsOf = (keys: Awaited<ReturnType<typeof signingKeys>>): string[] =>
  signerOf(keys).keys.map((k) => k.id)
const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })

test('the first start makes one beside the database, for its own user alone; the next one finds it', async () => {
  const folder = scratchFolder()
  const of = { signingKeyFiles: none, databaseUrl: `file:${join(folder, 'berth.db')}?timeout=1` }
  const made = await signingKeys(of)
  const path = join(folder, 'berth.db.signing-key.pem')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['berth.db.signing-key.pem'])
  expect(idsOf(await signingKeys(of))).toEqual(idsOf(made))
})

test('many that start at once end up with the same key', async () => {
  const databaseUrl = `file:${join(scratchFolder(), 'berth.db')}`
  const all = await Promise.all(
    Array.from({ length: 8 }, () => signingKeys({ signingKeyFiles: none, databaseUrl })),
  )
  expect(new Set(all.flatMap(idsOf)).size).toBe(1)
})

test('the files that it is told come in their order, and none is made', async () => {
  const folder = scratchFolder()
  const files = ['since.pem', 'before.pem'].map((name) => join(folder, name))
  for (const file of files) writeFileSync(file, pem())
  const databaseUrl = `file:${join(folder, 'berth.db')}`
  const keys = await signingKeys({ signingKeyFiles: files, databaseUrl })
  const back = await signingKeys({ signingKeyFiles: files.toReversed(), databaseUrl })
  expect(idsOf(keys)).toEqual(idsOf(back).toReversed())
  expect(readdirSync(folder).toSorted()).toEqual(['before.pem', 'since.pem'])
})

test.each<[why: string, content: () => string | Buffer]>([
  ['no PEM', () => 'a secret'],
  [
    'a key of another kind',
    () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ],
  ['a public key', () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })],
])('%s is refused with the name of the file, without its content', async (_why, content) => {
  const path = join(scratchFolder(), 'key.pem')
  writeFileSync(path, content())
  const failed = signingKeys({ signingKeyFiles: [path], databaseUrl: 'file:x' })
  await expect(failed).rejects.toThrow(`${path} is no signing key`)
  const told = await failed.catch((error: Error) => error.message)
  expect(told).not.toContain(readFileSync(path, 'utf8').slice(0, 8))
})

test('a file that is not there ends the start', async () => {
  await expect(signingKeys({ signingKeyFiles: ['/nowhere/key.pem'], databaseUrl: 'file:x' })).rejects.toThrow(
    'ENOENT',
  )
})
