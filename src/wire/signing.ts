import { z } from 'zod'
import { CHECKPOINT_TYPE } from '../audit/checkpoint.ts'
import { Digest } from './scalars.ts'

/** What is signed names its purpose: a signature for one is none for another. */
export const ASSIGNMENT_TYPE = 'application/vnd.berth.assignment+json'

/** DER of an Ed25519 public key, in base64. */
const PublicKey = z.string().regex(/^[A-Za-z0-9+/]{59}=$/)

export const SigningKey = z
  .strictObject({
    id: Digest.describe('SHA-256 of the key.'),
    algorithm: z.literal('ed25519'),
    public_key: PublicKey.describe('SubjectPublicKeyInfo: DER in base64.'),
  })
  .meta({ id: 'SigningKey' })
export type SigningKey = z.infer<typeof SigningKey>

export const SigningKeys = z
  .strictObject({ items: z.array(SigningKey).describe('The newest first.') })
  .meta({ id: 'SigningKeys', description: 'By which agents know what is from this service.' })
export type SigningKeys = z.infer<typeof SigningKeys>

export const Signed = z
  .strictObject({
    statement: z.string().max(20_000).describe('One line of JSON, as it was signed.'),
    signatures: z
      .array(z.strictObject({ key: Digest, signature: z.base64().max(88).describe('Ed25519.') }))
      .max(16)
      .describe('One of each key of the service.'),
  })
  .meta({
    id: 'Signed',
    description: `Signed is the statement's pre-authentication encoding as DSSE has it. That of an assignment names host, serial, plan, digests and every other field, its type is \`${ASSIGNMENT_TYPE}\`; that of a checkpoint of the audit is \`${CHECKPOINT_TYPE}\`.`,
  })
export type Signed = z.infer<typeof Signed>

/** What only the statement says; everything else of it stands in the assignment too. */
export const StatementHead = z.looseObject({
  host: z.string(),
  serial: z.int(),
  signing_keys: z.array(PublicKey).min(1),
})
export type StatementHead = Pick<z.infer<typeof StatementHead>, 'host' | 'serial' | 'signing_keys'>

/** What an assignment says, by its parts. */
export interface Stated extends StatementHead {
  readonly plan: { readonly id: string; readonly digest: string; readonly purpose: string }
  /** SHA-256 of the boot entry's JSON, with its fields in the order in which it is sent. */
  readonly bootEntryDigest: string
  /** Everything of the assignment beside plan and boot entry. */
  readonly rest: Readonly<Record<string, unknown>>
}

/** The one line that is signed: fields by name, so that both sides make the same bytes of the same assignment. */
export function statementText({ plan, bootEntryDigest, rest, host, serial, signing_keys }: Stated): string {
  const fields = {
    ...rest,
    host,
    serial,
    signing_keys,
    plan: plan.id,
    plan_digest: plan.digest,
    purpose: plan.purpose,
    boot_entry_digest: bootEntryDigest,
  }
  const byName = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(byName))
}

/** What a signature is over: lengths keep type and statement apart. Source: DSSE, pre-authentication encoding. */
export function signedBytes(type: string, statement: string): Uint8Array {
  const utf8 = new TextEncoder()
  const counted = (text: string): string => `${utf8.encode(text).length} ${text}`
  return utf8.encode(`DSSEv1 ${counted(type)} ${counted(statement)}`)
}
