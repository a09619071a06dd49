import { some, type Away, type Member, type RolloutState } from './rollout.ts'
import { mostOf } from './share.ts'

/**
 * The hosts that are away or may be at any moment, but for `host` itself.
 *
 * Whoever was granted a reboot counts, since it may start unseen, and so does whoever is missing: a
 * host that did not come back keeps its place until it is seen again or somebody takes it out of the rollout.
 */
export function awayBeside(state: RolloutState, host: string): readonly Away[] {
  const own = state.members.filter((m) => AWAY.includes(m.state)).map(asAway)
  const others = state.others.filter((o) => !own.some((a) => a.host === o.host))
  return [...own, ...others].filter((a) => a.host !== host)
}

const AWAY: readonly Member['state'][] = ['granted', 'rebooting', 'missing', 'rolling-back']

function asAway({ host, domain, since, state }: Member): Away {
  return { host, domain, since, because: state }
}

/** What stands against one more host being away; null where nothing does. */
export interface TooMany {
  readonly by: readonly Away[]
  readonly sentence: string
}

export function tooManyAway(state: RolloutState, host: string): TooMany | null {
  const away = awayBeside(state, host)
  const most = mostOf(state.spec.maxUnavailable, state.members.length)
  if (away.length < most) return null
  return { by: away, sentence: `${away.length} of at most ${most} hosts are away: ${namesOf(away)}` }
}

/**
 * The failure-domain rule; a host without the label could stand in any domain.
 *
 * Hosts that others have sent away count too, where their domain is known: a rack is down whoever took it. One without
 * the label does not, or every reboot anywhere would stop this rollout.
 */
export function domainTaken(state: RolloutState, member: Member): TooMany | null {
  const rule = state.spec.failureDomain
  if (rule === null) return null
  const away = [...awayBeside(state, member.host), ...neighboursOf(state)]
  return rule.perDomain === null
    ? otherDomain(rule.label, member, away)
    : fullDomain(rule.label, rule.perDomain, member, away)
}

/** Members are counted among the rollout's own already. */
function neighboursOf({ members, neighbours }: RolloutState): readonly Away[] {
  if (neighbours.length === 0) return []
  const own = new Set(members.map((m) => m.host))
  return neighbours.filter((n) => n.domain !== null && !own.has(n.host))
}

function otherDomain(label: string, { domain }: Member, away: readonly Away[]): TooMany | null {
  const by = away.filter((a) => domain === null || a.domain !== domain)
  if (by.length === 0) return null
  const own = domain === null ? `it has no ${label} and must go alone` : `its ${label} is ${domain}`
  return { by, sentence: `${own}, and hosts elsewhere are away: ${namesOf(by)}` }
}

function fullDomain(label: string, most: number, member: Member, away: readonly Away[]): TooMany | null {
  const domains = member.domain === null ? new Set(away.map((a) => a.domain)) : [member.domain]
  for (const domain of domains) {
    const by = away.filter((a) => a.domain === domain || a.domain === null)
    if (by.length < most) continue
    const where = domain === null ? `without ${label}` : `of ${label} ${domain}`
    return { by, sentence: `${by.length} of at most ${most} hosts ${where} are away: ${namesOf(by)}` }
  }
  return null
}

function namesOf(away: readonly Away[]): string {
  return some(away.map(({ host, because }) => `${host} (${because})`))
}
