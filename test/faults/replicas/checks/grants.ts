import { bodyOf, isGood, only, poolOf, type Asked, type Check, type History } from '../history.ts'

interface Lease {
  readonly pool: string
  readonly fence: number
  readonly holder: string
}

/** By the service's own audit: never more leases than places, and no token given out twice or after a higher one. */
export const leasesWithinSlots: Check = ({ held, slots }) => {
  const violations: string[] = []
  const live = new Map<string, Lease>()
  const last = new Map<string, number>()
  let looked = 0
  for (const { action, target: holder, detail } of held.audit) {
    if (!action.startsWith('lease.')) continue
    const { pool, fence } = detail as unknown as Lease
    const name = `${pool} ${fence}`
    if (action !== 'lease.acquire') {
      if (action !== 'lease.renew') live.delete(name)
      continue
    }
    looked += 1
    if (fence <= (last.get(pool) ?? 0))
      violations.push(`${holder} was given ${name}, after ${last.get(pool)} had been given out`)
    last.set(pool, Math.max(fence, last.get(pool) ?? 0))
    if ([...live.values()].some((l) => l.pool === pool && l.holder === holder))
      violations.push(`${holder} was given ${name}, and had a lease already`)
    live.set(name, { pool, fence, holder })
    const count = [...live.values()].filter((l) => l.pool === pool).length
    if (count > slots) violations.push(`${holder} was given ${name} as holder ${count} of ${slots}`)
  }
  const left = held.leases.map((l) => `${l.pool} ${l.fence} ${l.holder}`).sort()
  const wanted = [...live.values()].map((l) => `${l.pool} ${l.fence} ${l.holder}`).sort()
  if (left.join() !== wanted.join())
    violations.push(`the leases are [${left.join(', ')}], by the audit [${wanted.join(', ')}]`)
  for (const [pool, fence] of last)
    if (held.lastFences.get(pool) !== fence)
      violations.push(`the last token of ${pool} is ${held.lastFences.get(pool)}, by the audit ${fence}`)
  return { looked, violations }
}

/**
 * By what clients were told: never more of them away at once than there are places. A client that took a lock is away
 * until it began to say that it is back; an agent from when it was let start to when it began to show its next boot.
 */
export const holdersWithinSlots: Check = (history) => {
  const holds = only(history, 'lock', 'report')
    .filter((one) => one.status === 200 && (one.what === 'lock' || one.mark === 'executing'))
    .map((one) => ({ client: one.client, pool: poolOf(one), from: one.ended, until: backAt(history, one) }))
  const violations = holds.flatMap((hold) => {
    const same = holds.filter((o) => o.pool === hold.pool)
    const at = same.filter((o) => o.from <= hold.from && hold.from < o.until).map((o) => o.client)
    const clients = new Set([...at, hold.client])
    return clients.size > history.slots
      ? [`${[...clients].join(', ')} are away at once, of ${history.slots}`]
      : []
  })
  return { looked: holds.length, violations }
}

function backAt({ asked }: History, got: Asked): number {
  const back = got.what === 'lock' ? 'unlock' : 'snapshot'
  const later = asked.filter((o) => o.client === got.client && o.what === back && o.began >= got.ended)
  return Math.min(Infinity, ...later.map((one) => one.began))
}

/** No token is two grants': of one pool each goes to one host and one plan. */
export const tokensApart: Check = (history) => {
  const owner = new Map<string, string>()
  const granted = only(history, 'poll').filter((one) => one.status === 200)
  const violations = granted.flatMap((one) => {
    const { fence, plan } = bodyOf<{ fence?: number; plan: { id: string } }>(one)
    // What an operator assigns needs no place.
    if (fence === undefined) return []
    const name = `${one.client} for ${plan.id}`
    const token = `${poolOf(one)} ${fence}`
    const before = owner.get(token) ?? name
    owner.set(token, before)
    return before === name ? [] : [`token ${token} was given to ${before}, and to ${name}`]
  })
  return { looked: owner.size, violations }
}

/** Nobody starts twice with one plan: the service lets one start of each be, and says so again to who asks again. */
export const startedOnce: Check = ({ held, ...history }) => {
  const starts = held.audit.filter((a) => a.action === 'plan.executing').map((a) => a.target)
  const twice = starts.filter((plan, i) => starts.indexOf(plan) < i)
  const said = only(history, 'report').filter((one) => isGood(one) && one.mark === 'executing')
  const unknown = said.filter((one) => !starts.includes(one.about))
  return {
    looked: starts.length,
    violations: [
      ...twice.map((plan) => `${plan} was started twice`),
      ...unknown.map((one) => `${one.about} was let start, and nothing tells so`),
    ],
  }
}
