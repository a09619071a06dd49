import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signerOf } from '../../../src/http/signing/signer.ts'
import { newSecret, resealSecrets, secretBox } from '../../../src/http/webhooks/secret-box.ts'
import { startApi, type Api } from '../api.ts'

const key = () => generateKeyPairSync('ed25519').privateKey
const [older, newer, other] = [key(), key(), key()]

test.each([
  ['by the same key', [older], true],
  ['by the newest of several', [older, other], true],
  ['by one that is not the newest any more', [newer, older], false],
])('opens what was sealed %s', (_why, keys, byNewest) => {
  const bytes = secretBox(signerOf([older])).seal('whsec_x')
  expect(Buffer.from(bytes).includes('whsec_x')).toBe(false)
  expect(secretBox(signerOf(keys)).open(bytes)).toEqual({ secret: 'whsec_x', byNewest })
})

test('opens nothing that another key has sealed, and seals nothing without one', () => {
  const bytes = secretBox(signerOf([older])).seal('whsec_x')
  expect(secretBox(signerOf([other])).open(bytes)).toBeNull()
  expect(() => secretBox(signerOf([])).seal('whsec_x')).toThrow('signing key')
})

test('a secret is 32 random bytes, in the form of Standard Webhooks', () => {
  const secret = newSecret()
  expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32)
  expect(newSecret()).not.toBe(secret)
})

let api: Api
beforeAll(async () => {
  api = await startApi({ signer: signerOf([older]) })
})
afterAll(() => api.close())

test('what an older key has sealed is sealed anew, so that the older one can go', async () => {
  const body = { url: 'https://hooks.example/', reason: 'test' }
  const made = await api.call({ method: 'post', path: '/v1/webhooks', as: api.admin, body })
  await resealSecrets(api.store, secretBox(signerOf([newer, older])))
  const row = await api.store.webhooks.get(made.body.id as string)
  const opened = secretBox(signerOf([newer])).open(row?.secret ?? new Uint8Array(0))
  expect(opened).toEqual({ secret: made.body.secret, byNewest: true })
})
