import { retryAt } from './attempts.ts'
import { applied, moved, type Change } from './change.ts'
import { deadlineOf, isOverdue } from './deadline.ts'
import { haltReason } from './halt.ts'
import { lapsed } from './lease.ts'
import type { Millis } from './millis.ts'
import { hasGrant, stateOf, type RolloutState } from './rollout.ts'
import { openWaves } from './wave.ts'

/**
 * All that is due by time alone: leases, deadlines, new attempts, the brake, the next wave, the finish.
 *
 * No timer lives anywhere: whoever asks anything sweeps first, and sweeping twice at one time changes nothing more.
 * In a rollout that is paused or halted no new attempt and no new wave is due, but leases and deadlines are.
 */
export function sweep(state: RolloutState, now: Millis): readonly Change[] {
  let current = state
  const all: Change[] = []
  const take = (changes: readonly Change[]) => {
    current = applied(current, changes)
    all.push(...changes)
    return changes.length > 0
  }
  take(lapsed(current.pool, now))
  take(unused(current, now))
  take(overdue(current, now))
  take(retries(current, now))
  take(brake(current, now))
  // Waves whose hosts are all kept out open and settle at once.
  while (take(progress(current, now)));
  return all
}

/** Grants whose lease has ended: the host did not go, and may ask again. */
function unused({ members, pool, rollout }: RolloutState, now: Millis): readonly Change[] {
  const held = new Set(pool.leases.filter((l) => l.rollout === rollout.id).map((l) => l.fence))
  return members
    .filter((m) => hasGrant(m) && !held.has(m.fence as number))
    .map((m) => moved(m, 'lapse', now, 'its lease ended before it started'))
}

/** A lease that a missing host still has runs out by itself: nobody takes its place the moment it is missed. */
function overdue(state: RolloutState, now: Millis): readonly Change[] {
  return state.members.flatMap((m) => {
    const deadline = deadlineOf(state, m, now)
    return deadline && isOverdue(deadline, now) ? [moved(m, 'lose', now, deadline.sentence)] : []
  })
}

function retries({ members, rollout, spec }: RolloutState, now: Millis): readonly Change[] {
  if (stateOf(rollout) !== 'running') return []
  return members
    .filter((m) => m.state === 'failed' && (retryAt(m, spec.attempts) ?? Infinity) <= now)
    .map((m) => moved(m, 'retry', now, `attempt ${m.failures} failed`))
}

function brake(state: RolloutState, now: Millis): readonly Change[] {
  if (stateOf(state.rollout) !== 'running') return []
  const halt = haltReason(state, now)
  if (halt === null) return []
  return [{ of: 'rollout', event: 'halt', row: { ...state.rollout, halt }, because: halt.sentence }]
}

function progress(state: RolloutState, now: Millis): readonly Change[] {
  const { rollout, members } = state
  if (stateOf(rollout) !== 'running') return []
  const { settledAt, soakedAt, isLast } = openWaves(state)
  if (soakedAt === null || settledAt === null) return []
  if (isLast) {
    const left = members.filter((m) => m.state === 'waiting')
    const row = { ...rollout, phase: 'done', phaseSince: now } as const
    return [
      { of: 'rollout', event: 'finish', row, because: 'every host has settled' },
      ...left.map((m) => moved(m, 'skip', now, 'the rollout ended while it was kept out')),
    ]
  }
  if (soakedAt > now) return []
  const row = { ...rollout, wave: rollout.wave + 1, waveSince: now }
  return [{ of: 'rollout', event: 'advance', row, because: `wave ${rollout.wave + 1} has settled` }]
}
