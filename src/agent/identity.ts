import { readFile } from 'node:fs/promises'
import { writeWhole } from './write-whole.ts'

/** Who this host is to the service; credentials are secrets. */
export interface Identity extends Credential {
  readonly server: string
  readonly host: string
  /** The public keys of its service, by which it knows what is from there: DER in base64. */
  readonly signing_keys: readonly string[]
  /** The one that comes after it. Until it was used once, the service takes both. */
  readonly next?: Credential
}

export interface Credential {
  readonly credential: string
  /** RFC 3339; absent where it does not end. */
  readonly expires_at?: string
  /** By this host's clock, when it was given out. */
  readonly issued_at?: string
}

/**
 * The stored identity; null where this host has not enrolled. `known`: the service's keys, for an identity from before
 * there were any.
 *
 * Errors: throws on a file that is no identity.
 */
export async function readIdentity(path: string, known: readonly string[] = []): Promise<Identity | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const found = JSON.parse(text) as Partial<Identity>
  const { server, host, next } = found
  const signing_keys = found.signing_keys ?? known
  const credential = credentialIn(found)
  if (typeof server !== 'string' || typeof host !== 'string' || credential === null) {
    throw new Error(`${path} is not an identity: expected server, host and credential`)
  }
  if (!areKeys(signing_keys)) {
    throw new Error(
      `${path} holds no signing key: give its service's with --signing-key FILE (berth signing-keys)`,
    )
  }
  const following = next === undefined ? null : credentialIn(next)
  return { server, host, signing_keys, ...credential, ...(following && { next: following }) }
}

function areKeys(found: unknown): found is readonly string[] {
  return Array.isArray(found) && found.length > 0 && found.every((key) => typeof key === 'string')
}

/** A crash leaves the old identity or the new one, and only the agent's own user reads it. */
export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  await writeWhole(path, `${JSON.stringify(identity, null, 2)}\n`)
}

/** What is known of a credential, and nothing else of what stood beside it; null where it is none. */
export function credentialIn(found: Partial<Credential>): Credential | null {
  const { credential, expires_at, issued_at } = found
  if (typeof credential !== 'string') return null
  return {
    credential,
    ...(typeof expires_at === 'string' && { expires_at }),
    ...(typeof issued_at === 'string' && { issued_at }),
  }
}
