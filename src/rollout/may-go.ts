import { applied, moved } from './change.ts'
import { gatesOf, nextCheckOf } from './explain.ts'
import type { Gate } from './gate.ts'
import { acquire, holdersOf } from './lease.ts'
import type { Millis } from './millis.ts'
import type { Member, RolloutState } from './rollout.ts'
import { sweep } from './sweep.ts'

/** Whoever has its place already, and may still need to be told so. */
const HAS_PLACE: readonly Member['state'][] = ['granted', 'rolling-back']

/** What holds up one host that has no place holds up all of them; those that come after it are in no earlier wave. */
const OF_ALL: readonly Gate['gate'][] = [
  ...['started', 'approval', 'paused', 'halted', 'freeze', 'window', 'wave', 'soak', 'max-unavailable'],
] as Gate['gate'][]

/** What no host without a place gets past, whoever it is; `nextCheck`: when it can have opened, where a clock says so. */
export interface ClosedToAll {
  readonly nextCheck: Millis | null
}

/**
 * Whether every host that waits would be told to wait; null where one may have to be looked at by itself.
 *
 * Not so for those that are away for another reason: they have their place among the unavailable already.
 */
export function closedToAll(swept: RolloutState, now: Millis): ClosedToAll | null {
  const first = swept.members.find((m) => m.state === 'waiting' && !isAwayOtherwise(swept, m.host))
  const closed = first ? closedTo(swept, first, now).filter((g) => isClosedToAll(swept, g, now)) : []
  return closed.length === 0 ? null : { nextCheck: nextCheckOf(closed) }
}

export function isAwayOtherwise({ others }: RolloutState, host: string): boolean {
  return others.some((o) => o.host === host)
}

/**
 * Of the hosts that are asking, those that can go together now: first who has its place, then in the order of the
 * rollout, each as if those before it had gone.
 *
 * A host whose health nobody knows counts as one that may: somebody has to ask so that it becomes known.
 */
export function mayGo(
  before: RolloutState,
  isAsking: (host: string) => boolean,
  now: Millis,
): readonly string[] {
  let state = applied(before, sweep(before, now))
  const asking = state.members.filter((m) => isAsking(m.host))
  const isPlaced = (m: Member): boolean => HAS_PLACE.includes(m.state) || isAwayOtherwise(state, m.host)
  const placed = new Set(asking.filter(isPlaced))
  const found = [...placed].filter((m) => closedTo(state, m, now).length === 0).map((m) => m.host)
  const fullDomains = new Set<string | null>()
  for (const member of asking) {
    const { host, domain } = member
    if (member.state !== 'waiting' || placed.has(member) || fullDomains.has(domain)) continue
    const closed = closedTo(state, member, now)
    if (closed.some((g) => isClosedToAll(state, g, now))) return found
    if (closed.some((g) => g.gate === 'failure-domain')) fullDomains.add(domain)
    if (!closed.every((g) => isToBeAsked(state, g, now))) continue
    found.push(host)
    // One answer is good for all: with it the rest is looked at again.
    if (closed.some((g) => isOfRollout(state, g))) return found
    const asked = acquire(state.pool, { holder: host, rollout: state.rollout.id }, now)
    const { changes = [], lease = null } = asked.ok ? asked.value : {}
    const because = 'it may go'
    state = applied(state, [
      ...changes,
      moved(member, 'grant', now, because, { fence: lease?.fence ?? null }),
    ])
  }
  return found
}

function closedTo(state: RolloutState, { host }: Member, now: Millis): readonly Gate[] {
  return gatesOf(state, host, now).filter((g) => g.verdict !== 'pass')
}

function isClosedToAll(state: RolloutState, gate: Gate, now: Millis): boolean {
  const { pool } = state
  if (gate.gate === 'lease') return holdersOf(pool, now).length >= pool.policy.slots
  if (gate.gate === 'health') return isOfRollout(state, gate) && !isToBeAsked(state, gate, now)
  return OF_ALL.includes(gate.gate)
}

function isOfRollout({ spec }: RolloutState, { gate, id }: Gate): boolean {
  return gate === 'health' && spec.health.some((h) => h.id === id && h.scope === 'rollout')
}

/** A health gate that the service asks by itself, and whose last result counts no more. */
function isToBeAsked({ spec }: RolloutState, { gate, id, verdict, nextCheck }: Gate, now: Millis): boolean {
  if (gate !== 'health' || verdict !== 'wait' || (nextCheck ?? Infinity) > now) return false
  return spec.health.some((h) => h.id === id && h.kind !== 'hook')
}
