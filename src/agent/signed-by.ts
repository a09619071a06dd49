import { createPublicKey, verify } from 'node:crypto'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { signedBytes, type Signed } from '../wire/signing.ts'
import { sha256 } from './sha256.ts'

/** Why no signature counts: none is of a key that is known, or those are not of this statement. */
export type NotSigned = 'unknown' | 'forged'

/**
 * By which of some keys a statement was signed for a purpose: its id.
 *
 * @param keys DER in base64.
 */
export function signedBy(
  { statement, signatures }: Signed,
  type: string,
  keys: readonly string[],
): Result<string, NotSigned> {
  const known = new Map(keys.map((key) => [sha256(Buffer.from(key, 'base64')), key]))
  const ours = signatures.filter(({ key }) => known.has(key))
  if (ours.length === 0) return err('unknown')
  const bytes = signedBytes(type, statement)
  const found = ours.find(({ key, signature }) =>
    verify(null, bytes, publicKey(known.get(key) ?? ''), Buffer.from(signature, 'base64')),
  )
  return found ? ok(found.key) : err('forged')
}

function publicKey(base64: string) {
  return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
}
