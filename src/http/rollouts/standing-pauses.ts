import type { StandingPause } from '../../rollout/rollout.ts'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Pause as PauseRow } from '../../store/pauses.ts'
import type { Pause } from '../../wire/pause.ts'
import type { Writing } from '../write.ts'

/** What is paused, or was after `since`, by group; the same list for all hosts that have the same. */
export interface StandingPauses {
  /** Those that have pauses of their own. */
  readonly groups: readonly string[]
  readonly of: (group: string | null) => readonly StandingPause[]
}

export async function readPauses(rows: Rows, since: Date): Promise<StandingPauses> {
  const all = (await rows.pauses.after(since)).map(corePause)
  const fleet = all.filter((p) => p.scope === 'fleet')
  const groups = new Set(all.flatMap((p) => (p.scope === 'fleet' ? [] : p.scope.slice('group:'.length))))
  const lists = new Map(
    [...groups].map((group) => [
      group,
      all.filter((p) => p.scope === 'fleet' || p.scope === `group:${group}`),
    ]),
  )
  return { groups: [...groups], of: (group) => lists.get(group ?? '') ?? fleet }
}

/** The same by host. */
export async function pausesByHost(
  rows: Rows,
  since: Date,
): Promise<(hostId: string) => readonly StandingPause[]> {
  const { groups, of } = await readPauses(rows, since)
  const grouped = groups.length === 0 ? [] : await rows.hosts.grouped(groups)
  const groupOf = new Map(grouped.map(({ id, group }) => [id, group]))
  return (hostId) => of(groupOf.get(hostId) ?? null)
}

/** Writes into the audit that a scope is paused or no more, and into the timeline of each of its hosts; wakes rollouts. */
export async function tellPause(
  { rows, at, audit }: Writing,
  scope: string,
  told: { readonly kind: 'paused' | 'unpaused'; readonly detail: string; readonly audit: object },
): Promise<void> {
  const { kind, detail } = told
  const hosts = await rows.hosts.grouped(scope === 'fleet' ? undefined : [scope.slice('group:'.length)])
  await rows.timeline.appendAll(
    hosts.map(({ id: hostId }) => ({
      ...{ id: newId('ev', at), hostId, at, kind, detail: `${scope}: ${detail}` },
      ...{ plan: null, snapshot: null },
    })),
  )
  await rows.rollouts.touchStarted()
  await audit(kind === 'paused' ? 'pause.set' : 'pause.end', scope, { ...told.audit })
}

export function presentPause({ scope, since, until, generation, reason, setAt, setBy }: PauseRow): Pause {
  return {
    scope: scope as Pause['scope'],
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
    generation,
    reason,
    set_at: setAt.toISOString(),
    set_by: setBy,
  }
}

function corePause({ scope, since, until, endedAt, setBy, reason }: PauseRow): StandingPause {
  const ends = [until, endedAt].flatMap((end) => (end === null ? [] : end.getTime()))
  return {
    ...{ scope, from: since.getTime(), by: setBy, because: reason },
    until: ends.length === 0 ? null : Math.min(...ends),
  }
}
