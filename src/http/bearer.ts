import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const SECRET_BYTES = 32
const BEARER =
  /^berth_(viewer|operator|admin|host|enroll|fleetlock|session)_([0-9a-z]{1,40})_([0-9A-Za-z]{20,100})$/

export type BearerKind = 'viewer' | 'operator' | 'admin' | 'host' | 'enroll' | 'fleetlock' | 'session'

/** A secret that a caller shows: whom it names, and the secret itself. */
export interface Bearer {
  readonly kind: BearerKind
  /** The id without its prefix. */
  readonly id: string
  readonly secret: string
}

/** Makes the secret for a thing that has an id; what it returns first is shown once, and only the hash is kept. */
export function mintBearer(kind: BearerKind, id: string): { shown: string; hash: string } {
  // Hex, because `_` parts the fields and base64url has it.
  const secret = randomBytes(SECRET_BYTES).toString('hex')
  return { shown: `berth_${kind}_${withoutPrefix(id)}_${secret}`, hash: hashOf(secret) }
}

export function readBearer(text: string): Bearer | null {
  const match = BEARER.exec(text)
  const [, kind, id, secret] = match ?? []
  return kind && id && secret ? { kind: kind as BearerKind, id, secret } : null
}

/** Compares in a time that does not depend on where the two differ. */
export function holds(secret: string, hash: string): boolean {
  const expected = Buffer.from(hash, 'hex')
  const found = Buffer.from(hashOf(secret), 'hex')
  return expected.length === found.length && timingSafeEqual(expected, found)
}

/** 256 random bits need no slow hash: there is nothing to guess. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function withoutPrefix(id: string): string {
  return id.slice(id.indexOf('_') + 1)
}
