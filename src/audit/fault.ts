export const FAULT_KINDS = [
  'changed',
  'rewritten',
  'removed',
  'inserted',
  'moved',
  'cut',
  'unreadable',
  'empty',
] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

/** One place where an audit is not as it was written. */
export interface Fault {
  readonly kind: FaultKind
  /** The entry at fault, or the first of several that are gone; null where it has no number. */
  readonly seq: number | null
  /** Null where there is no such entry, or none that was seen. */
  readonly id: string | null
  /** What was found, for people. */
  readonly sentence: string
}

interface Named {
  readonly seq: number
  readonly id: string | null
}

/** A fault of one entry; the sentence begins with it. */
export function faultOf({ seq, id }: Named, kind: FaultKind, found: string): Fault {
  return { kind, seq, id, sentence: `${entryName({ seq, id })} was ${kind}: ${found}` }
}

/** Entries that are not there; both of these are. */
export function removedBetween(before: number, after: number): Fault {
  const [first, last] = [before + 1, after - 1]
  const which = first === last ? `entry ${first} was` : `entries ${first} to ${last} were`
  const found =
    before === 0 ? `the audit begins with entry ${after}` : `entry ${after} comes right after entry ${before}`
  return { kind: 'removed', seq: first, id: null, sentence: `${which} removed: ${found}` }
}

export function entryName({ seq, id }: Named): string {
  return id === null ? `entry ${seq}` : `entry ${seq} (${plainId(id)})`
}

/** An id that somebody has made up must not look like a line of ours. */
export function plainId(id: string): string {
  return id.replace(/[^\x21-\x7e]/g, '?')
}
