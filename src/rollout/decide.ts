import { startsUntil } from './calendar.ts'
import { applied, moved, type Change } from './change.ts'
import { allPass, gatesOf, nextCheckOf } from './explain.ts'
import type { Gate } from './gate.ts'
import { acquire, expiryOf, poolAfter, type Lease } from './lease.ts'
import type { Millis } from './millis.ts'
import type { RebootMode } from './reboot-mode.ts'
import { heard } from './report.ts'
import { exchanged } from './roll-back.ts'
import { hasGrant, memberOf, type RolloutState } from './rollout.ts'
import { sweep } from './sweep.ts'

export type Decision =
  | {
      readonly verdict: 'grant'
      readonly lease: Lease
      /** Names the grant: whoever uses it shows this number. */
      readonly fence: number
      /** From then on it is void: lease, window or a freeze ends it. */
      readonly until: Millis
      readonly gates: readonly Gate[]
    }
  | { readonly verdict: 'wait'; readonly gates: readonly Gate[]; readonly nextCheck: Millis | null }

export interface Decided {
  readonly decision: Decision
  /** To be written before anybody is told: what was due by time, and the grant. */
  readonly changes: readonly Change[]
}

/**
 * Whether a host that asks may reboot now.
 *
 * A host that was granted its reboot and asks again, because the answer was lost, gets the same grant. One that goes
 * back keeps its place, under a new token: no token is good for two reboots. `mode`: how it would go.
 */
export function decide(state: RolloutState, host: string, now: Millis, mode: RebootMode = 'kexec'): Decided {
  const before = awake(state, host, now)
  const current = applied(state, before)
  const gates = gatesOf(current, host, now)
  const member = memberOf(current, host)
  if (!member || !allPass(gates))
    return { decision: { verdict: 'wait', gates, nextCheck: nextCheckOf(gates) }, changes: before }

  const by = { holder: host, rollout: current.rollout.id }
  const has = hasGrant(member)
  const freed = exchanged(current, member)
  const asked = acquire(poolAfter(current.pool, freed), by, now)
  if (!asked.ok) throw new Error('the lease gate has passed, and there is no lease')
  const { lease, changes } = asked.value
  const because = member.fallback === null ? 'every gate passed' : `to go back to ${member.fallback}`
  const grant = has ? [] : [moved(member, 'grant', now, because, { fence: lease.fence, mode })]
  const until = grantedUntil(current, lease, now)
  const decision: Decision = { verdict: 'grant', lease, fence: lease.fence, until, gates }
  return { decision, changes: [...before, ...freed, ...changes, ...grant] }
}

/** What is due when a host speaks. Its word counts first: who asks now cannot be missed for silence. */
export function awake(state: RolloutState, host: string, now: Millis): readonly Change[] {
  const word = heard(state, host, now)
  return [...word, ...sweep(applied(state, word), now)]
}

/** Until when a grant is good. */
export function grantedUntil({ spec, pool, offsetAt }: RolloutState, lease: Lease, now: Millis): Millis {
  return Math.min(expiryOf(lease, pool.policy), startsUntil(spec, now, offsetAt) ?? Infinity)
}
