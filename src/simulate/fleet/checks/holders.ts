import { only, type Asked, type Checked, type History } from '../history.ts'

/** Never more leases than slots at any instant, by the service's own audit. */
export function leasesWithinSlots({ audit, asked }: History): Checked {
  const violations: string[] = []
  let looked = 0
  const slotsOf = new Map(asked.map((a) => [a.pool, a.slots]))
  const ttlOf = new Map(asked.map((a) => [a.pool, a.ttlMs]))
  const live = new Map<string, { readonly pool: unknown; readonly until: number }>()
  for (const { at, action, target, detail } of audit) {
    if (!action.startsWith('lease.')) continue
    const key = `${String(detail['pool'])} ${String(detail['fence'])}`
    if (action === 'lease.acquire' || action === 'lease.renew')
      live.set(key, { pool: detail['pool'], until: at + (ttlOf.get(String(detail['pool'])) ?? 0) })
    else live.delete(key)
    if (action !== 'lease.acquire') continue
    looked += 1
    const held = [...live.values()].filter((l) => l.pool === detail['pool'] && l.until > at).length
    const slots = slotsOf.get(String(detail['pool'])) ?? 0
    if (held > slots) violations.push(`${at}: ${target} is holder ${held} of ${slots}`)
  }
  return { looked, violations }
}

/** Never more hosts of a rollout away than may be, in all and of one domain, by what their kernels did. */
export function awayWithinLimits(history: History): Checked {
  const violations: string[] = []
  let looked = 0
  const rolloutOf = new Map(only(history, 'handed-out').map((h) => [h.plan, h.rollout]))
  const domainOf = new Map(history.members.map((m) => [m.host, m.domain]))
  const away = new Map<string, string>()
  for (const seen of history.seen) {
    if (seen.what === 'booted' || seen.what === 'deleted') away.delete(seen.host)
    // Whom an operator has taken out, nobody waits for.
    if (seen.what === 'commanded' && seen.host !== null && seen.status < 300) away.delete(seen.host)
    if (seen.what !== 'jumped' || seen.plan === null) continue
    const rollout = rolloutOf.get(seen.plan) ?? null
    const limits = history.asked.find((a) => a.rollout === rollout)
    if (!limits || rollout === null) continue
    looked += 1
    away.set(seen.host, rollout)
    violations.push(...tooMany(seen.host, seen.at, limits, away, domainOf))
  }
  return { looked, violations }
}

function tooMany(
  host: string,
  at: number,
  { rollout, maxUnavailable, perDomain }: Asked,
  away: ReadonlyMap<string, string>,
  domainOf: ReadonlyMap<string, string | null>,
): string[] {
  const own = [...away].filter(([, of]) => of === rollout).map(([name]) => name)
  const domain = domainOf.get(host) ?? null
  const near = own.filter((name) => (domainOf.get(name) ?? null) === domain)
  return [
    ...(own.length > maxUnavailable ? [`${at}: ${host} is away as ${own.length} of ${maxUnavailable}`] : []),
    ...(domain !== null && near.length > perDomain
      ? [`${at}: ${host} is away as ${near.length} of ${perDomain} in ${domain}`]
      : []),
  ]
}
