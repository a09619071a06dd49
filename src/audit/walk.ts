import { checkpointWatch, type Checkpoint, type CheckpointSeen } from './checkpoint.ts'
import { GENESIS, type Entry, type Link, type Sha256 } from './entry.ts'
import type { Fault } from './fault.ts'
import { judge, type Before } from './judge.ts'

/** What a walk over an audit has found. */
export interface Walked {
  readonly entries: number
  /** The number of the first; null where there is none. */
  readonly first: number | null
  /** The last one; null where there is none. */
  readonly head: Link | null
  readonly checkpoints: readonly CheckpointSeen[]
  /** The first of them, in the order in which they were met. */
  readonly faults: readonly Fault[]
  /** How many there are in all. */
  readonly faultCount: number
}

export interface Walk {
  see(entry: Entry): void
  /** Something stands where an entry should. */
  stumble(fault: Fault): void
  /** Something is wrong that has no place in the chain. */
  note(fault: Fault): void
  end(): Walked
}

export interface WalkOptions {
  readonly sha256: Sha256
  /** The entry that the walk begins with. */
  readonly since?: number
  readonly checkpoints?: readonly Checkpoint[]
}

/** Whoever has rewritten a thousand entries is not told a thousand times. */
const MOST_FAULTS = 20

/**
 * A walk over the chain, entry by entry, that holds two of them at any time. It goes on behind a fault, so that
 * each is told once, where it is.
 */
export function auditWalk({ sha256, since = 1, checkpoints = [] }: WalkOptions): Walk {
  const watch = checkpointWatch(checkpoints, since)
  const displaced = new Map<number, string>()
  const faults: Fault[] = []
  let faultCount = 0
  let entries = 0
  let first: number | null = null
  let before: Before = { seq: since - 1, hash: since === 1 ? GENESIS.hash : null, id: null }
  let pending: Entry | null = null

  const tell = (fault: Fault): void => {
    faultCount++
    if (faults.length < MOST_FAULTS) faults.push(fault)
  }
  const settle = (next: Entry | null): void => {
    if (!pending) return
    const mayLook = faultCount < MOST_FAULTS
    const judged = judge(pending, { before, next, displaced, sha256, mayLook })
    judged.faults.forEach(tell)
    before = judged.before
    pending = null
  }

  return {
    see(entry) {
      settle(entry)
      pending = entry
      entries++
      first ??= entry.seq
      watch.see(entry)
    },

    note: tell,

    stumble(fault) {
      settle(null)
      tell(fault)
      // What it was nobody knows, nor whether what comes next follows it.
      before = { seq: fault.seq ?? before.seq + 1, hash: null, id: null }
    },

    end() {
      settle(null)
      if (entries + faultCount === 0) tell(nothingFrom(since))
      watch.faults(before.seq).forEach(tell)
      const head = first === null || before.hash === null ? null : { seq: before.seq, hash: before.hash }
      return { entries, first, head, checkpoints: watch.states(), faults, faultCount }
    },
  }
}

/** Nobody who cuts off everything gets away with an audit that has no fault. */
function nothingFrom(since: number): Fault {
  const sentence =
    since === 1
      ? 'there is no entry at all, and a service that was ever started has written some'
      : `there is no entry from number ${since} on`
  return { kind: 'empty', seq: null, id: null, sentence }
}
