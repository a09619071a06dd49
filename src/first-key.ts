import { hashOf, mintBearer, readBearer } from './http/bearer.ts'
import { newId } from './store/new-id.ts'
import type { Store } from './store/open-store.ts'

/**
 * Makes sure that somebody can log in: the admin key from the environment, or at the first start a new
 * one, which is returned to be shown this once.
 */
export async function firstKey(store: Store, given: string | null, now: Date): Promise<string | null> {
  const bearer = given === null ? null : readBearer(given)
  if (bearer) {
    const id = `key_${bearer.id}`
    await store.write(async (rows) => {
      if (await rows.keys.get(id)) return
      await insert(rows, { id, hash: hashOf(bearer.secret), name: 'from the environment', now })
    })
    return null
  }
  return store.write(async (rows) => {
    if (!(await rows.keys.none())) return null
    const id = newId('key', now)
    const { shown, hash } = mintBearer('admin', id)
    await insert(rows, { id, hash, name: 'first', now })
    return shown
  })
}

type KeyStore = Pick<Store, 'keys' | 'audit'>

async function insert(
  rows: KeyStore,
  key: { id: string; hash: string; name: string; now: Date },
): Promise<void> {
  const { id, hash, name, now } = key
  const row = {
    id,
    role: 'admin',
    name,
    secretHash: hash,
    createdAt: now,
    createdBy: 'start',
    expiresAt: null,
  }
  await rows.keys.insert(row)
  await rows.audit.append({
    id: newId('aud', now),
    at: now,
    actor: 'start',
    action: 'key.create',
    target: id,
    detail: { role: 'admin', name },
    requestId: 'start',
  })
}
