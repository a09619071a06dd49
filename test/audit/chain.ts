import { createHash } from 'node:crypto'
import { entryHash, GENESIS, type Entry, type Link } from '../../src/audit/entry.ts'

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

type Said = Partial<Omit<Entry, 'seq' | 'prev_hash' | 'hash'>>

/** An entry behind another one, written as the service would. */
export function entryAfter({ seq, hash }: Link, said: Said = {}): Entry {
  const next = {
    seq: seq + 1,
    id: `aud_${seq + 1}`,
    at: new Date(Date.UTC(2030, 0, 1, 0, 0, seq)).toISOString(),
    actor: 'key_1',
    action: 'host.change',
    target: `host_${seq + 1}`,
    detail: { reason: 'why', labels: { rack: `r${seq}` } },
    request_id: `req-${seq + 1}`,
    prev_hash: hash,
    ...said,
  }
  return { ...next, hash: entryHash(next, sha256) }
}

/** So many entries, behind genesis or another one. */
export function chainOf(count: number, after: Link = GENESIS): Entry[] {
  const entries: Entry[] = []
  let last = after
  for (let i = 0; i < count; i++) {
    const entry = entryAfter(last)
    entries.push(entry)
    last = entry
  }
  return entries
}

/** The entries from a place on, written once more behind whatever stands before them. */
export function rechained(entries: readonly Entry[], from: number): Entry[] {
  const kept = entries.slice(0, from)
  let last: Link = kept.at(-1) ?? GENESIS
  for (const { seq: _seq, prev_hash: _prev, hash: _hash, ...said } of entries.slice(from)) {
    const entry = entryAfter(last, said)
    kept.push(entry)
    last = entry
  }
  return kept
}
