import type { RolloutMember } from './generated/sqlite/client.ts'

/** Rollouts whose members are remembered; one that is dropped is read again. */
const MOST_READ = 64

/** The members of a rollout as they were at a revision, or a little later. */
export interface MembersRead {
  readonly revision: number
  readonly rows: readonly RolloutMember[]
}

/**
 * Members that were read before, by rollout: only those that have changed since need to be read again.
 *
 * Kept is what is committed alone; a transaction reads what it has changed itself beside it.
 */
export interface MembersKept {
  get(rolloutId: string): MembersRead | undefined
  keep(rolloutId: string, read: MembersRead): void
}

export function membersKept(): MembersKept {
  const kept = new Map<string, MembersRead>()
  return {
    get: (rolloutId) => kept.get(rolloutId),
    keep: (rolloutId, read) => {
      const before = kept.get(rolloutId)
      if (before && before.revision > read.revision) return
      kept.delete(rolloutId)
      kept.set(rolloutId, read)
      const [oldest] = kept.keys()
      if (kept.size > MOST_READ && oldest !== undefined) kept.delete(oldest)
    },
  }
}

/** What a transaction goes by: nothing of it is kept, since it may be undone. */
export function withinTransaction({ get }: MembersKept): MembersKept {
  return { get, keep: () => {} }
}

/** The rows with those that have changed in their places; no member ever leaves a rollout or its place. */
export function withChanged(
  rows: readonly RolloutMember[],
  changed: readonly RolloutMember[],
): readonly RolloutMember[] {
  if (changed.length === 0) return rows
  const newer = new Map(changed.map((row) => [row.hostId, row]))
  return rows.map((row) => newer.get(row.hostId) ?? row)
}
