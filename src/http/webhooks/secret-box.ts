import { randomBytes } from 'node:crypto'
import { sealed, unsealed } from '../sealed.ts'
import type { Signer } from '../signing/signer.ts'
import type { Store } from '../../store/open-store.ts'

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32
const PAGE = 100

/** Keeps secrets so that a copy of the database alone tells none. */
export interface SecretBox {
  seal(secret: string): Uint8Array<ArrayBuffer>
  /** Null where it was sealed by a signing key that the service does not have any more. */
  open(bytes: Uint8Array): { readonly secret: string; readonly byNewest: boolean } | null
}

/** Seals by a key that is derived from the newest signing key, and opens by any. */
export function secretBox(signer: Signer): SecretBox {
  const keys = signer.derived('webhook secrets')
  return {
    seal: (secret) => {
      const [newest] = keys
      if (!newest) throw new Error('without a signing key there is nothing to seal by')
      return Uint8Array.from(sealed(secret, newest))
    },
    open: (bytes) => {
      for (const [i, key] of keys.entries()) {
        const secret = unsealed(Buffer.from(bytes), key)
        if (secret !== null) return { secret, byNewest: i === 0 }
      }
      return null
    },
  }
}

export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
}

/** Seals anew what an older signing key has sealed, so that the older one can go. Errors: as the database fails. */
export async function resealSecrets({ webhooks }: Pick<Store, 'webhooks'>, box: SecretBox): Promise<void> {
  for (let after: string | null = null; ;) {
    const rows = await webhooks.list({ after, limit: PAGE })
    for (const { id, secret } of rows) {
      const opened = box.open(secret)
      if (opened && !opened.byNewest) await webhooks.reseal(id, box.seal(opened.secret))
    }
    if (rows.length <= PAGE) return
    after = rows.at(-1)?.id ?? null
  }
}
