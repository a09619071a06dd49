import { credentialIn, type Credential, type Identity } from './identity.ts'

/** The credentials of a host that may be changing them. */
export interface Keyring {
  /** The one to use: the next one as soon as there is one. */
  current(): string
  /** The service took it: the one before it is forgotten. */
  worked(credential: string): Promise<void>
  /** The service does not know it. Returns true where there is another to try. */
  refused(credential: string): Promise<boolean>
  /** The service wants this host to have another one. */
  wanted(): void
  /** Whether another one has to be asked for. */
  due(now: number): boolean
  /** Asking came to nothing; it is not due again for a while. */
  postpone(now: number): void
  /** Keeps another one beside the one in use. */
  take(next: Credential): Promise<void>
  /** The public keys of the service. */
  signingKeys(): readonly string[]
  /** Those that it has now, as one of those that are known has vouched for. */
  pin(signingKeys: readonly string[]): Promise<void>
}

/** Where in its life a credential is replaced: late enough to be rare, early enough to fail a few times. */
const PART_OF_LIFE = 2 / 3
const ASK_AGAIN_MS = 15 * 60_000

/**
 * Keeps an identity's credentials. `keep` stores it for good before anything else happens; without it, no
 * other credential is ever due, since it would be lost with the process.
 *
 * A crash at any point leaves one that works: the old one is good until the new one was used, and by then the
 * new one has been stored.
 */
export function keyringOf(identity: Identity, keep?: (identity: Identity) => Promise<void>): Keyring {
  let held = identity
  let isWanted = false
  let notBefore = Number.NEGATIVE_INFINITY
  const store = async (next: Identity): Promise<void> => {
    await keep?.(next)
    held = next
  }
  const without = (): Identity => {
    const { next: _, ...rest } = held
    return rest
  }
  return {
    current: () => (held.next ?? held).credential,
    async worked(credential) {
      if (held.next?.credential !== credential) return
      const { server, host, signing_keys } = held
      await store({ server, host, signing_keys, ...held.next })
    },
    async refused(credential) {
      if (held.next?.credential !== credential) return false
      await store(without())
      return true
    },
    wanted() {
      isWanted = true
    },
    due: (now) => keep !== undefined && !held.next && now >= notBefore && (isWanted || isOld(held, now)),
    postpone(now) {
      notBefore = now + ASK_AGAIN_MS
    },
    async take(next) {
      const credential = credentialIn(next)
      if (!credential) throw new Error('the service gave no credential')
      await store({ ...without(), next: credential })
      isWanted = false
    },
    signingKeys: () => held.signing_keys,
    async pin(signing_keys) {
      if (signing_keys.join() !== held.signing_keys.join()) await store({ ...held, signing_keys })
    },
  }
}

function isOld({ expires_at, issued_at }: Credential, now: number): boolean {
  if (expires_at === undefined) return false
  const last = Date.parse(expires_at)
  const first = issued_at === undefined ? Number.NaN : Date.parse(issued_at)
  // Without a beginning two thirds of its life are nobody's guess; a day before its end is late, not too late.
  const due = Number.isNaN(first) ? last - 24 * 60 * 60_000 : first + (last - first) * PART_OF_LIFE
  return now >= due
}
