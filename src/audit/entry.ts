import { canonicalJson } from './canonical-json.ts'

/** One entry of the audit, as the API shows it. */
export interface Entry {
  /** Its place in the chain: 1, 2, 3, without a gap. */
  readonly seq: number
  readonly id: string
  readonly at: string
  readonly actor: string
  readonly action: string
  readonly target: string
  readonly detail: unknown
  readonly request_id: string
  /** The hash of the entry before it. */
  readonly prev_hash: string
  readonly hash: string
}

/** SHA-256 of a text as UTF-8, in lowercase hex. */
export type Sha256 = (text: string) => string

/** An end of a chain: the entry that stands there, by its number and its hash. */
export interface Link {
  readonly seq: number
  readonly hash: string
}

/** What the first entry follows: no content has this hash. */
export const GENESIS: Link = { seq: 0, hash: '0'.repeat(64) }

/** The hash of an entry: over everything that the API shows of it but the hash itself, as canonical JSON. */
export function entryHash(entry: Omit<Entry, 'hash'>, sha256: Sha256): string {
  const { seq, id, at, actor, action, target, detail, request_id, prev_hash } = entry
  return sha256(canonicalJson({ seq, id, at, actor, action, target, detail, request_id, prev_hash }))
}
