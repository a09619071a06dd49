import type { PlanState } from '../../store/plan-states.ts'
import type { Plan } from '../../store/plans.ts'
import type { BootEntry } from '../../wire/boot-entry.ts'
import { ASSIGNMENT_TYPE, statementText } from '../../wire/signing.ts'
import { withBody } from '../present.ts'
import { sha256 } from '../sha256.ts'
import type { Signer } from './signer.ts'

export interface ToHandOut {
  readonly state: PlanState
  readonly plan: Plan
  readonly bootEntry: BootEntry
  /** What else it says: the grant, its time. */
  readonly rest: Readonly<Record<string, unknown>>
}

/**
 * An assignment as JSON text, with the signature over all of it.
 *
 * Its serial is that of the moment when it was assigned: whoever asks again gets the same one, until the agent has begun.
 */
export function signedAssignment(signer: Signer, { state, plan, bootEntry, rest }: ToHandOut): string {
  const statement = statementText({
    host: state.hostId,
    serial: state.serial ?? 0,
    signing_keys: signer.keys.map((key) => key.public_key),
    plan,
    bootEntryDigest: sha256(JSON.stringify(bootEntry)),
    rest,
  })
  const signed = signer.sign(ASSIGNMENT_TYPE, statement)
  const planText = withBody({ id: plan.id, digest: plan.digest }, plan.body)
  return `{"plan":${planText},${JSON.stringify({ boot_entry: bootEntry, ...rest, signed }).slice(1)}`
}
