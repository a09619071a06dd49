import { domainTaken, tooManyAway, type TooMany } from './away.ts'
import { fail, pass, wait, type Asking, type Said } from './gate.ts'
import { healthOf } from './health.ts'
import { acquire, expiryOf, holdersOf, poolAfter } from './lease.ts'
import { exchanged } from './roll-back.ts'
import { some, type Member } from './rollout.ts'
import type { HealthGate } from './spec.ts'

/** Whoever was granted a reboot has its place and keeps it, also where a limit has been lowered since. */
const HAS_PLACE: readonly Member['state'][] = ['granted', 'rebooting', 'rolling-back']

export function domainGate({ state, member }: Asking): Said {
  if (state.spec.failureDomain === null) return pass('no rule on failure domains')
  return room(member, domainTaken(state, member), 'its failure domain allows it')
}

export function unavailableGate({ state, member }: Asking): Said {
  return room(member, tooManyAway(state, member.host), 'not too many hosts are away')
}

/**
 * A host that has been granted a reboot is held up by a failure only, not by a result that grew old meanwhile; one that
 * goes back not even by that: it may be the reason.
 */
export function healthGate({ state, member, now }: Asking, gate: HealthGate): Said {
  const health = healthOf(gate, member.host, state.results, now)
  if (member.state === 'rolling-back') return pass(`${gate.id}: a host that goes back does not wait for it`)
  const said = { ...health, sentence: `${gate.id}: ${health.sentence}` }
  return health.verdict === 'wait' && member.state === 'granted' ? { ...said, verdict: 'pass' } : said
}

export function leaseGate({ state, member, now }: Asking): Said {
  const { pool, rollout } = state
  const free = poolAfter(pool, exchanged(state, member))
  const asked = acquire(free, { holder: member.host, rollout: rollout.id }, now)
  if (asked.ok && asked.value.changes.length === 0)
    return pass('it holds a lease', asked.value.lease.grantedAt)
  if (asked.ok) return pass(`${holdersOf(pool, now).length} of ${pool.policy.slots} leases are held`)
  if (asked.error.code === 'held-otherwise') {
    const { lease } = asked.error
    const whose = lease.rollout === null ? 'outside any rollout' : `in ${lease.rollout}`
    const sentence = `the host holds a lease already, ${whose}`
    return wait(sentence, lease.grantedAt, expiryOf(lease, pool.policy))
  }
  const { slots, holders } = asked.error
  if (slots === 0) return fail(`the pool ${pool.name} gives out no leases`, null)
  const since = Math.max(...holders.map((l) => l.grantedAt))
  const first = Math.min(...holders.map((l) => expiryOf(l, pool.policy)))
  const names = some(holders.map((l) => l.holder))
  return wait(`all ${slots} leases of ${pool.name} are held: ${names}`, since, first)
}

function room(member: Member, tooMany: TooMany | null, otherwise: string): Said {
  if (HAS_PLACE.includes(member.state)) return pass('it has its place already', member.since)
  if (tooMany === null) return pass(otherwise)
  return wait(tooMany.sentence, Math.max(...tooMany.by.map((a) => a.since)), null)
}
