import type { ShownCredential } from '../../store/hosts.ts'
import { holds, mintBearer } from '../bearer.ts'
import { RequestFailed } from '../failure.ts'
import type { Answer, Writing } from '../write.ts'

const DAY_MS = 86_400_000

/** With it in an answer, the service asks a host's agent to change its credential. */
export const ROTATE = { 'berth-credential': 'rotate' }

/** Which of a host's credentials somebody shows: the one in use, the next one, or none of them. */
export function credentialShown(host: ShownCredential, secret: string): 'current' | 'next' | null {
  if (holds(secret, host.credentialHash)) return 'current'
  return host.nextCredentialHash !== null && holds(secret, host.nextCredentialHash) ? 'next' : null
}

/** Whether a host should have another credential. Units: `days` whole days since it was given out. */
export function isAged(host: ShownCredential, days: number, now: Date): boolean {
  return now.getTime() - (host.credentialSince ?? host.createdAt).getTime() >= days * DAY_MS
}

/** Gives a host another credential beside the one in use; one that it was given before and has not used ends. */
export async function issueCredential(
  { rows, at, audit }: Writing,
  { id, secret }: { readonly id: string; readonly secret: string },
): Promise<Answer> {
  const host = await rows.hosts.get(id)
  // It may have ended while the request waited for its turn.
  if (!host || credentialShown(host, secret) !== 'current')
    throw new RequestFailed({ code: 'unauthenticated', detail: 'this credential is not the one in use' })
  const { shown, hash } = mintBearer('host', id)
  await rows.hosts.update(id, { nextCredentialHash: hash, nextCredentialAt: at })
  await audit('host.credential-issue', id, { replaced: host.nextCredentialHash !== null })
  return { status: 201, body: JSON.stringify({ credential: shown }) }
}

/**
 * Puts a host's next credential in the place of the one in use, which ends at once.
 *
 * False for a secret that is neither any more: it was replaced while this waited for its turn.
 */
export async function adoptCredential(
  { rows, audit }: Writing,
  id: string,
  secret: string,
): Promise<boolean> {
  const host = await rows.hosts.get(id)
  const shown = host && credentialShown(host, secret)
  // Of two first uses at once the second finds it done.
  if (!host || shown !== 'next') return shown === 'current'
  await rows.hosts.update(id, {
    credentialHash: host.nextCredentialHash ?? '',
    credentialSince: host.nextCredentialAt,
    nextCredentialHash: null,
    nextCredentialAt: null,
  })
  await audit('host.credential-change', id, {}, id)
  return true
}
