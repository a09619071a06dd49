import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { reasonOf } from './input-error.ts'

const BLOCK = /-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/g

/**
 * The public keys in a file of PEM, as agents keep them; whatever stands around them is left out.
 *
 * Errors: throws a sentence for the user: no such file, no key in it, another kind of key.
 */
export function readSigningKeys(path: string): readonly string[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (thrown) {
    throw new Error(`--signing-key: ${reasonOf(thrown)}`, { cause: thrown })
  }
  const keys = (text.match(BLOCK) ?? []).map((pem) => publicKeyIn(pem))
  if (keys.length === 0 || keys.includes(null))
    throw new Error(`--signing-key: ${path} is no list of Ed25519 public keys in PEM`)
  return keys.filter((key) => key !== null)
}

function publicKeyIn(pem: string): string | null {
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType !== 'ed25519') return null
    return key.export({ type: 'spki', format: 'der' }).toString('base64')
  } catch {
    return null
  }
}

/** A public key as a file of PEM has it. */
export function pemOf(base64: string): string {
  const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
