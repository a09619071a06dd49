import { canonicalJson } from './canonical-json.ts'
import { GENESIS, type Entry, type Link } from './entry.ts'
import type { Fault } from './fault.ts'

/** What is signed names its purpose: a signature for one is none for another. */
export const CHECKPOINT_TYPE = 'application/vnd.berth.audit-checkpoint+json'

/** How far an audit had come at a time. Kept elsewhere, it shows what the audit alone cannot: that its end is gone. */
export interface Checkpoint extends Link {
  readonly at: string
}

/** The one line that is signed. */
export function checkpointText({ seq, hash, at }: Checkpoint): string {
  return canonicalJson({ seq, hash, at })
}

/** What became of a checkpoint in a walk; `before`: the walk began behind it. */
export type CheckpointState = 'held' | 'before' | 'missed'

export interface CheckpointSeen {
  readonly checkpoint: Checkpoint
  readonly state: CheckpointState
}

/** Looks for checkpoints among the entries of a walk that begins with entry `since`. */
export function checkpointWatch(checkpoints: readonly Checkpoint[], since: number) {
  const held = new Set<Checkpoint>()
  const seen = new Set<Checkpoint>()
  const bySeq = new Map<number, Checkpoint[]>()
  for (const one of checkpoints) bySeq.set(one.seq, [...(bySeq.get(one.seq) ?? []), one])
  const isBefore = (one: Checkpoint) => one.seq < since && !seen.has(one)

  const meet = ({ seq, hash }: Link): void => {
    for (const one of bySeq.get(seq) ?? []) {
      seen.add(one)
      if (one.hash === hash) held.add(one)
    }
  }
  if (since === 1) meet(GENESIS)

  return {
    see({ seq, hash, prev_hash }: Entry): void {
      // What the first one follows was not seen, but its hash is known.
      if (seq === since && since > 1) meet({ seq: seq - 1, hash: prev_hash })
      meet({ seq, hash })
    },

    states: (): CheckpointSeen[] =>
      checkpoints.map((checkpoint) => {
        if (held.has(checkpoint)) return { checkpoint, state: 'held' }
        return { checkpoint, state: isBefore(checkpoint) ? 'before' : 'missed' }
      }),

    /** Those that the audit no longer bears out; `last`: the number of its last entry. Gaps are told elsewhere. */
    faults: (last: number): Fault[] =>
      checkpoints
        .filter((one) => !held.has(one) && !isBefore(one) && (seen.has(one) || one.seq > last))
        .map((one) => (seen.has(one) ? rewritten(one) : cutOff(one, last))),
  }
}

function rewritten({ seq, at }: Checkpoint): Fault {
  const sentence = `entry ${seq}, or one before it, was rewritten: it had another hash at the checkpoint of ${at}`
  return { kind: 'rewritten', seq, id: null, sentence }
}

function cutOff({ seq, at }: Checkpoint, last: number): Fault {
  const which = last + 1 === seq ? `entry ${seq} was` : `entries ${last + 1} to ${seq} were`
  const found = `there is nothing from entry ${last + 1} on, and the checkpoint of ${at} has seen entry ${seq}`
  return { kind: 'cut', seq: last + 1, id: null, sentence: `${which} cut off: ${found}` }
}
