import { auditWalk, type Walked, type WalkOptions } from '../../src/audit/walk.ts'
import { presentAuditEntry } from '../../src/http/present.ts'
import type { Store } from '../../src/store/open-store.ts'
import { sha256 } from '../../src/store/sha256.ts'

const PAGE = 1000

/** What a walk over the whole audit of a store finds. */
export async function auditOf(store: Store, options: Omit<WalkOptions, 'sha256'> = {}): Promise<Walked> {
  const walk = auditWalk({ ...options, sha256 })
  for (let after: { seq: number; id: string } | null = null; ;) {
    const rows = await store.audit.list({ after, limit: PAGE }, {})
    const shown = rows.slice(0, PAGE)
    shown.forEach((row) => walk.see(presentAuditEntry(row)))
    if (rows.length <= PAGE) return walk.end()
    after = shown.at(-1) ?? null
  }
}
