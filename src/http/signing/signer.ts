import { createHash, createPublicKey, hkdfSync, sign, type KeyObject } from 'node:crypto'
import { signedBytes, type Signed, type SigningKey } from '../../wire/signing.ts'

const DERIVED_BYTES = 32

/** Signs for the service, with every key that it has: agents know the newest or one before it. */
export interface Signer {
  /** The newest first. */
  readonly keys: readonly SigningKey[]
  sign(type: string, statement: string): Signed
  /** A secret key for one purpose from each of its keys, the newest first. Units: 32 bytes. */
  derived(purpose: string): readonly Buffer[]
}

/** A signer with these Ed25519 keys, the newest first. */
export function signerOf(privateKeys: readonly KeyObject[]): Signer {
  const held = privateKeys.map((privateKey) => ({ privateKey, key: signingKeyOf(privateKey) }))
  return {
    keys: held.map(({ key }) => key),
    sign(type, statement) {
      const bytes = signedBytes(type, statement)
      const signatures = held.map(({ privateKey, key }) => ({
        key: key.id,
        signature: sign(null, bytes, privateKey).toString('base64'),
      }))
      return { statement, signatures }
    },
    derived: (purpose) => held.map(({ privateKey }) => derivedKey(privateKey, purpose)),
  }
}

function derivedKey(privateKey: KeyObject, purpose: string): Buffer {
  const whole = privateKey.export({ type: 'pkcs8', format: 'der' })
  return Buffer.from(hkdfSync('sha256', whole, '', `berth ${purpose}`, DERIVED_BYTES))
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const spki = createPublicKey(privateKey as never).export({ type: 'spki', format: 'der' })
  const id = createHash('sha256').update(spki).digest('hex')
  return { id, algorithm: 'ed25519', public_key: spki.toString('base64') }
}
