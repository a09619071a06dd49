import { entryHash, type Entry, type Sha256 } from './entry.ts'
import { entryName, faultOf, removedBetween, type Fault } from './fault.ts'

/** The entry before the one that is judged. */
export interface Before {
  readonly seq: number
  /** Null where nobody knows: a walk may begin anywhere. */
  readonly hash: string | null
  /** Null where it was not seen. */
  readonly id: string | null
}

export interface Judged {
  readonly faults: readonly Fault[]
  /** What the next entry has to follow. */
  readonly before: Before
}

export interface Judging {
  readonly before: Before
  /** The one behind it, where there is one. */
  readonly next: Entry | null
  /** Hashes of entries that were met at another place than their own, by the number under which they were written. */
  readonly displaced: Map<number, string>
  readonly sha256: Sha256
  /** Whether to look for the place of an entry that is not what its hash says: that costs far more than to see it. */
  readonly mayLook: boolean
}

/** So far from where it stands the place of an entry is looked for. */
const FAR = 100

/** Whether an entry is what was written, and stands where it was written; if not, what was done. */
export function judge(entry: Entry, judging: Judging): Judged {
  const { before, next, displaced } = judging
  const here = { seq: entry.seq, hash: entry.hash, id: entry.id }
  const isWhole = isSound(entry, judging)
  if (isWhole && follows(entry, judging)) return { faults: [], before: here }

  const isExtra = (fault: Fault): Judged => ({ faults: [fault], before })
  if (before.id !== null && entry.seq === before.seq)
    return isExtra(faultOf(entry, 'inserted', `there is another entry ${entry.seq} before it`))
  if (isWhole && entry.seq < before.seq)
    return isExtra(faultOf(entry, 'moved', `it stands behind entry ${before.seq}`))
  if (next && isSuccessor(next, judging)) {
    if (!isWhole || entry.seq === next.seq)
      return isExtra(faultOf(entry, 'inserted', `${entryName(next)} follows what stands before it`))
    displaced.set(entry.seq, entry.hash)
    return isExtra(faultOf(entry, 'moved', `it stands before entry ${next.seq}`))
  }
  return { faults: isWhole ? [placeFault(entry, judging)] : contentFaults(entry, judging), before: here }
}

function isSound(entry: Entry, { sha256 }: Judging): boolean {
  return entryHash(entry, sha256) === entry.hash
}

/** Whether it belongs where it stands. What was met elsewhere is no gap. */
function follows({ seq, prev_hash }: Entry, { before, displaced }: Judging): boolean {
  if (seq <= before.seq || isGap(seq, before, displaced)) return false
  const hash = displaced.get(seq - 1) ?? before.hash
  return hash === null || hash === prev_hash
}

/** Whether it is the very one that comes after the entry before, so that nothing stands between them by right. */
function isSuccessor(entry: Entry, judging: Judging): boolean {
  const { seq, hash } = judging.before
  return entry.seq === seq + 1 && (hash === null || entry.prev_hash === hash) && isSound(entry, judging)
}

function isGap(seq: number, before: Before, displaced: ReadonlyMap<number, string>): boolean {
  for (let missing = before.seq + 1; missing < seq; missing++) if (!displaced.has(missing)) return true
  return false
}

/** It does not say what it said: other words, or another number. */
function contentFaults(entry: Entry, judging: Judging): Fault[] {
  const { before, displaced, mayLook } = judging
  const own = mayLook ? ownPlace(entry, judging) : null
  if (own !== null) {
    displaced.set(own, entry.hash)
    return [faultOf(entry, 'moved', `it was written as entry ${own}`)]
  }
  const changed = faultOf(entry, 'changed', 'its hash is not the hash of what it says')
  return isGap(entry.seq, before, displaced) ? [removedBetween(before.seq, entry.seq), changed] : [changed]
}

/** The number with which its hash is right; null where it has none nearby. */
function ownPlace(entry: Entry, { sha256 }: Judging): number | null {
  for (let off = 1; off <= FAR; off++) {
    for (const seq of [entry.seq + off, entry.seq - off]) {
      if (seq > 0 && entryHash({ ...entry, seq }, sha256) === entry.hash) return seq
    }
  }
  return null
}

/** It is what it was, and what stands before it is not. */
function placeFault(entry: Entry, { before, displaced }: Judging): Fault {
  if (isGap(entry.seq, before, displaced)) return removedBetween(before.seq, entry.seq)
  if (before.seq === 0)
    return faultOf(entry, 'rewritten', 'it does not begin the chain, for its prev_hash is not 64 zeros')
  return faultOf(before, 'rewritten', `${entryName(entry)} follows another hash`)
}
