import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { HandedOut } from '../../src/agent/index.ts'
import { sha256 } from '../../src/agent/index.ts'
import { signerOf, type Signer } from '../../src/http/signing/signer.ts'
import { ASSIGNMENT_TYPE, statementText, type Signed } from '../../src/wire/signing.ts'

export function newKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** The service's in tests that do not say otherwise. */
export const SIGNER = signerOf([newKey()])
/** As an agent keeps them. */
export const SIGNING_KEYS = publicKeys(SIGNER)

export function publicKeys({ keys }: Signer): string[] {
  return keys.map((key) => key.public_key)
}

export interface SignedFor {
  readonly host?: string
  readonly serial?: number
  readonly signer?: Signer
  readonly type?: string
}

/** An assignment with a signature, as the service would hand it out to `host_1`. */
export function signedOf(
  assignment: HandedOut,
  { host = 'host_1', serial = 1, signer = SIGNER, type = ASSIGNMENT_TYPE }: SignedFor = {},
): HandedOut & { readonly signed: Signed } {
  const { plan, boot_entry, signed: _, ...rest } = assignment
  const statement = statementText({
    host,
    serial,
    signing_keys: publicKeys(signer),
    plan: { id: plan.id, digest: plan.digest, purpose: plan.body.purpose },
    bootEntryDigest: sha256(JSON.stringify(boot_entry)),
    rest,
  })
  return { plan, boot_entry, ...rest, signed: signer.sign(type, statement) }
}
