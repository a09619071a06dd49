import { isLive } from '../../rollout/lease.ts'
import type { Away, Member, RolloutState } from '../../rollout/rollout.ts'
import type { Rows } from '../../store/open-store.ts'
import { isSilent } from '../plans/plan-silence.ts'
import { coreLease } from './lease-life.ts'

type Elsewhere = Omit<Away, 'domain'>

/**
 * Hosts that are away for another reason than one rollout: other rollouts, what operators have assigned by hand, and
 * leases of FleetLock clients that name themselves by their host's id, in whatever pool.
 */
export async function readAway(
  rows: Rows,
  { rolloutId, at }: { readonly rolloutId: string; readonly at: Date },
): Promise<readonly Elsewhere[]> {
  const now = at.getTime()
  const elsewhere = await rows.rolloutMembers.awayIn(rolloutId)
  const alone = await rows.planStates.executingAlone()
  const leases = await rows.leases.outside()
  return oncePerHost([
    ...elsewhere.map((m) => ({
      host: m.hostId,
      since: m.since.getTime(),
      because: `${m.state} in ${m.rolloutId}`,
    })),
    ...alone
      .filter((p) => !isSilent(p, at))
      .map((p) => ({
        host: p.hostId,
        since: p.since.getTime(),
        because: 'executing a plan that an operator assigned',
      })),
    ...leases
      .filter((row) => isLive(coreLease(row), row.of, now))
      .map((row) => ({ host: row.holder, since: row.grantedAt.getTime(), because: 'holds a lease' })),
  ])
}

/** A host may be away for more than one reason, and takes one place all the same. */
function oncePerHost(away: readonly Elsewhere[]): readonly Elsewhere[] {
  return [...new Map(away.toReversed().map((a) => [a.host, a])).values()].toReversed()
}

/** The same apart: the rollout's own hosts, and those that share a failure domain with them. */
export async function besides(
  rows: Rows,
  away: readonly Elsewhere[],
  { members, label }: { readonly members: readonly Member[]; readonly label: string | null },
): Promise<Pick<RolloutState, 'others' | 'neighbours'>> {
  if (away.length === 0) return { others: [], neighbours: [] }
  const domains = new Map(members.map((m) => [m.host, m.domain]))
  const others = away.flatMap((a) => {
    const domain = domains.get(a.host)
    return domain === undefined ? [] : [{ ...a, domain }]
  })
  const strangers = away.filter((a) => !domains.has(a.host))
  if (label === null || strangers.length === 0) return { others, neighbours: [] }
  const labels = await rows.hosts.labelsOf(strangers.map((a) => a.host))
  const neighbours = strangers.map((a) => ({ ...a, domain: labels.get(a.host)?.[label] ?? null }))
  return { others, neighbours: neighbours.filter((n) => n.domain !== null) }
}
