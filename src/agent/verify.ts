import type { Result } from '../planner/index.ts'
import { ASSIGNMENT_TYPE, StatementHead, statementText, type Signed } from '../wire/signing.ts'
import { failed, type AgentFailure } from './failure.ts'
import type { HandedOut } from './handed-out.ts'
import { sha256 } from './sha256.ts'
import { signedBy } from './signed-by.ts'

/** What this host goes by when it is handed something. */
export interface Trust {
  readonly host: string
  /** The public keys of its service: DER in base64. */
  readonly keys: readonly string[]
  /** The highest serial that it has taken; 0 before the first. */
  readonly lastSerial: number
}

/** What was proven of an assignment. */
export interface Verified {
  readonly host: string
  readonly serial: number
  /** The keys that the service has now. */
  readonly keys: readonly string[]
}

/**
 * Whether an assignment is from this host's service, for this host, newer than all before it, and as it was signed.
 *
 * The statement is made once more from what was received: a field that is not under the signature changes it too.
 *
 * Errors: `unverified-plan` with what is wrong; `replayed-plan` for a serial that was taken, or one below it.
 */
export function verifyAssignment(
  assignment: HandedOut,
  { host, keys, lastSerial }: Trust,
): Result<Verified, AgentFailure> {
  const { plan, boot_entry, signed, ...rest } = assignment
  if (!signed) return failed('unverified-plan', 'it is not signed')
  const forged = forgedBy(signed, keys)
  if (forged !== null) return failed('unverified-plan', forged)
  const head = headOf(signed.statement)
  if (!head) return failed('unverified-plan', 'what was signed is no assignment')
  if (head.host !== host) return failed('unverified-plan', `it is for ${head.host}, this is ${host}`)
  const { serial, signing_keys } = head
  const received = statementText({
    host,
    serial,
    signing_keys,
    plan: { id: plan.id, digest: plan.digest, purpose: plan.body.purpose },
    bootEntryDigest: sha256(JSON.stringify(boot_entry)),
    rest,
  })
  if (received !== signed.statement)
    return failed('unverified-plan', `it is not what was signed: ${differing(received, signed.statement)}`)
  if (serial <= lastSerial)
    return failed('replayed-plan', `its serial is ${serial}, and ${lastSerial} was taken already`)
  return { ok: true, value: { host, serial, keys: signing_keys } }
}

/** Why no signature counts, in words; null where one does. */
function forgedBy(own: Signed, keys: readonly string[]): string | null {
  const signed = signedBy(own, ASSIGNMENT_TYPE, keys)
  if (signed.ok) return null
  if (signed.error === 'forged') return 'the signature is not one of this statement'
  const ids = own.signatures.map(({ key }) => key.slice(0, 16)).join(', ')
  return `this host knows none of the keys it is signed with: ${ids || 'there is none'}`
}

function headOf(statement: string): StatementHead | null {
  try {
    const read = StatementHead.safeParse(JSON.parse(statement))
    return read.success ? read.data : null
  } catch {
    return null
  }
}

/** Names of the fields in which two statements differ. */
function differing(received: string, signed: string): string {
  const [a, b] = [received, signed].map((text) => JSON.parse(text) as Record<string, unknown>)
  const names = new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])
  const other = [...names].filter((name) => JSON.stringify(a?.[name]) !== JSON.stringify(b?.[name]))
  return other.join(', ') || 'the order of its fields'
}
