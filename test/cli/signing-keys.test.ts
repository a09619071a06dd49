import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readSigningKeys } from '../../src/cli/signing-key-file.ts'
import { signerOf } from '../../src/http/signing/signer.ts'
import { startApi } from '../http/api.ts'
import { berth } from './remote-berth.ts'
import { scratchFolder } from './scratch.ts'

test('what the service shows is a file that an agent can be given', async () => {
  const signer = signerOf([1, 2].map(() => generateKeyPairSync('ed25519').privateKey))
  const api = await startApi({ signer })
  onTestFinished(() => api.close())
  const { code, stdout } = await berth(api, ['signing-keys'])
  expect(code).toBe(0)
  const file = join(scratchFolder(), 'keys.pem')
  writeFileSync(file, stdout)
  expect(readSigningKeys(file)).toEqual(signer.keys.map((key) => key.public_key))
})

test.each<[why: string, content: () => string]>([
  ['no key', () => 'nothing'],
  ['a torn key', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  [
    'a key of another kind',
    () =>
      generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
  ],
])('a file with %s is told by its name', (_why, content) => {
  const file = join(scratchFolder(), 'keys.pem')
  writeFileSync(file, content())
  expect(() => readSigningKeys(file)).toThrow(`${file} is no list of Ed25519 public keys`)
})

test('a file that is not there is told by its option', () => {
  expect(() => readSigningKeys('/nowhere/keys.pem')).toThrow(/^--signing-key: /)
})
