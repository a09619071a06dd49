import { retryAt } from './attempts.ts'
import { moved, type Change, type LeaseChange } from './change.ts'
import { releaseIn } from './lease.ts'
import type { Millis } from './millis.ts'
import { hasGrant, isAsMeant, memberOf, type Member, type RolloutState } from './rollout.ts'

/** The boot entry that a host could go back to, and what its newest boot shows of it. */
export interface Fallback {
  readonly entry: string
  /** Whether the host runs it. */
  readonly runs: boolean
}

/**
 * What becomes of a host whose grant has just been judged, where the rollout rolls back; else the changes as they are.
 *
 * One that runs what it would go back to is back already: a kernel that did not come up left it to its firmware. Any
 * other keeps its lease, and waits for leave to go back. A host that may try again goes back to nothing yet.
 */
export function backFrom(
  state: RolloutState,
  judged: readonly Change[],
  fallback: Fallback | null,
  now: Millis,
): readonly Change[] {
  const [first] = judged
  if (state.spec.onFailure !== 'roll-back' || first?.of !== 'member' || !isGivenUp(state, first.row))
    return judged
  if (fallback === null) {
    const because = `${first.because}; nothing is known that it could go back to`
    return [{ ...first, because, row: { ...first.row, because } }, ...judged.slice(1)]
  }
  const { entry, runs } = fallback
  const more = { fallback: entry }
  if (runs)
    return [first, moved(first.row, 'roll-back', now, runsAgain(first.row, entry), more), ...judged.slice(1)]
  // Who never left its boot has nothing to go back from, and who is sent nowhere any more stays where it came up.
  if (first.row.boot === null || state.rollout.phase !== 'started') return judged
  return [first, moved(first.row, 'fall-back', now, `${first.because}; it is to go back to ${entry}`, more)]
}

/** A host was booted by somebody else, and what it was to go back to is what it runs. */
export function cameBack(state: RolloutState, host: string, entry: string, now: Millis): readonly Change[] {
  const member = memberOf(state, host)
  const isOnItsWay = member?.state === 'rolling-back' || member?.state === 'missing'
  if (!member || !isOnItsWay || member.fallback !== entry) return []
  const row = { ...member, heardAt: now }
  const because = runsAgain(member, entry)
  const by = { holder: host, rollout: state.rollout.id }
  return [moved(row, 'roll-back', now, because), ...releaseIn(state.pool, by, because)]
}

/** What a host that is to go back gives up for a new token: whatever it still holds, and with it its place. */
export function exchanged({ pool, rollout }: RolloutState, member: Member): readonly LeaseChange[] {
  if (member.state !== 'rolling-back' || hasGrant(member)) return []
  return releaseIn(pool, { holder: member.host, rollout: rollout.id }, 'it goes back')
}

function isGivenUp({ spec }: RolloutState, member: Member): boolean {
  if (isAsMeant(member)) return false
  return member.state !== 'failed' || retryAt(member, spec.attempts) === null
}

function runsAgain({ outcome, because }: Member, entry: string): string {
  return `it runs ${entry} again; ${outcome ?? 'before'}: ${because}`
}
