import { retryAt } from './attempts.ts'
import { isHeld } from './deadline.ts'
import type { Millis } from './millis.ts'
import type { Member, RolloutState } from './rollout.ts'

const SETTLED: readonly Member['state'][] = [
  'landed',
  'landed-elsewhere',
  'cold-booted',
  'missing',
  'rolled-back',
  'skipped',
  'cancelled',
]

/** Whether a wave need not wait for this host any more. */
export function isSettled({ spec }: RolloutState, member: Member): boolean {
  if (SETTLED.includes(member.state)) return true
  if (member.state === 'failed') return retryAt(member, spec.attempts) === null
  return member.state === 'waiting' && isHeld(member)
}

export interface OpenWaves {
  /** The hosts of open waves that are still on their way. */
  readonly unsettled: readonly Member[]
  /** When the last of them settled; null while one hasn't. */
  readonly settledAt: Millis | null
  /** When the next wave may open; null while the hosts of this one haven't settled. */
  readonly soakedAt: Millis | null
  readonly isLast: boolean
}

/** How far the waves are that have been opened, the stragglers of earlier ones included. */
export function openWaves(state: RolloutState): OpenWaves {
  const { wave, waveSince } = state.rollout
  const open = state.members.filter((m) => m.wave <= wave)
  const unsettled = open.filter((m) => !isSettled(state, m))
  const isLast = open.length === state.members.length
  if (unsettled.length > 0 || waveSince === null)
    return { unsettled, settledAt: null, soakedAt: null, isLast }
  const settledAt = Math.max(waveSince, ...open.map(settledSince))
  return { unsettled, settledAt, soakedAt: settledAt + state.spec.soakMs, isLast }
}

/** A host that was kept out while it waited has been out of the way since then. */
function settledSince({ state, since, quarantined, optedOut }: Member): Millis {
  if (state !== 'waiting') return since
  return Math.max(since, Math.min(...[quarantined, optedOut].flatMap((hold) => hold?.since ?? [])))
}
