import type { Pool } from '../../rollout/lease.ts'
import type { Away, Hold, Member, Rollout, RolloutState } from '../../rollout/rollout.ts'
import type { HealthResult } from '../../rollout/spec.ts'
import type { Rows } from '../../store/open-store.ts'
import type { RolloutMember as MemberRow } from '../../store/rollout-members.ts'
import type { Rollout as RolloutRow } from '../../store/rollouts.ts'
import type { NewRollout } from '../../wire/rollout-spec.ts'
import { readPool } from './lease-life.ts'
import { coreSpec } from './rollout-spec.ts'
import { offsetAt } from './zone-offset.ts'

/** All that one decision is made from: members, leases, results; no snapshot is read. Null where there is no such rollout. */
export async function readRollout(rows: Rows, rolloutId: string): Promise<RolloutState | null> {
  const row = await rows.rollouts.get(rolloutId)
  if (!row) return null
  const stored = await rows.rolloutMembers.of(rolloutId)
  const holds = await readHolds(rows)
  const members = stored.map((m) => coreMember(m, holds.get(m.hostId)))
  const pool = await readPool(rows, row.pool)
  return {
    spec: coreSpec(specOf(row)),
    rollout: coreRollout(row),
    members,
    pool,
    results: (await rows.healthResults.of(rolloutId)).map(coreResult),
    others: await readOthers(rows, { rolloutId, members, pool }),
    offsetAt,
  }
}

/** As it was asked for. */
export function specOf(row: RolloutRow): NewRollout {
  return JSON.parse(row.spec) as NewRollout
}

export function coreRollout(row: RolloutRow): Rollout {
  return {
    id: row.id,
    author: row.author,
    phase: row.phase as Rollout['phase'],
    phaseSince: row.phaseSince.getTime(),
    wave: row.wave,
    waveSince: row.waveSince?.getTime() ?? null,
    pauses: JSON.parse(row.pauses) as Rollout['pauses'],
    halt: row.halt === null ? null : (JSON.parse(row.halt) as Rollout['halt']),
    acknowledgedAt: row.acknowledgedAt?.getTime() ?? null,
    approvals: JSON.parse(row.approvals) as Rollout['approvals'],
  }
}

/** What of a rollout's row changes. */
export function rolloutProgress(rollout: Rollout) {
  const { phase, phaseSince, wave, waveSince, pauses, halt, acknowledgedAt, approvals } = rollout
  return {
    phase,
    phaseSince: new Date(phaseSince),
    wave,
    waveSince: dateOf(waveSince),
    pauses: JSON.stringify(pauses),
    halt: halt && JSON.stringify(halt),
    acknowledgedAt: dateOf(acknowledgedAt),
    approvals: JSON.stringify(approvals),
  }
}

/** What of a member's row changes. Holds are the host's own, and stay with it. */
export function memberProgress(member: Member) {
  const { state, because, outcome, acknowledged, failures, fence, boot, plan } = member
  return {
    ...{ state, because, outcome, acknowledged, failures, fence },
    since: new Date(member.since),
    heardAt: dateOf(member.heardAt),
    bootId: boot,
    planId: plan,
  }
}

export interface Holds {
  readonly quarantined: Hold | null
  readonly optedOut: Hold | null
}

/** Who is kept out, and why; a host that nobody keeps out is not in it. */
export async function readHolds(rows: Rows): Promise<ReadonlyMap<string, Holds>> {
  return new Map(
    (await rows.hosts.held()).map((host) => {
      const since = (host.stateSince ?? host.createdAt).getTime()
      const quarantined = host.state === 'quarantined' ? { since, because: host.stateReason } : null
      const optedOut = host.optOutAt && { since: host.optOutAt.getTime(), because: host.optOutReason ?? '' }
      return [host.id, { quarantined, optedOut }]
    }),
  )
}

function coreMember(row: MemberRow, holds?: Holds): Member {
  return {
    host: row.hostId,
    wave: row.wave,
    domain: row.domain,
    state: row.state as Member['state'],
    since: row.since.getTime(),
    because: row.because,
    outcome: row.outcome as Member['outcome'],
    acknowledged: row.acknowledged,
    failures: row.failures,
    heardAt: row.heardAt?.getTime() ?? null,
    fence: row.fence,
    boot: row.bootId,
    plan: row.planId,
    quarantined: holds?.quarantined ?? null,
    optedOut: holds?.optedOut ?? null,
  }
}

function coreResult(row: Awaited<ReturnType<Rows['healthResults']['of']>>[number]): HealthResult {
  const { gate, hostId, detail } = row
  return {
    gate,
    host: hostId === '' ? null : hostId,
    verdict: row.verdict as HealthResult['verdict'],
    at: row.at.getTime(),
    detail,
  }
}

/** This rollout's own hosts that are away for another reason. */
async function readOthers(
  rows: Rows,
  { rolloutId, members, pool }: { rolloutId: string; members: readonly Member[]; pool: Pool },
): Promise<readonly Away[]> {
  const domains = new Map(members.map((m) => [m.host, m.domain]))
  const away = (host: string, since: number, because: string): Away[] =>
    domains.has(host) ? [{ host, domain: domains.get(host) ?? null, since, because }] : []
  const elsewhere = await rows.rolloutMembers.awayIn(rolloutId)
  const alone = await rows.planStates.executingAlone()
  return [
    ...elsewhere.flatMap((m) => away(m.hostId, m.since.getTime(), `${m.state} in ${m.rolloutId}`)),
    ...alone.flatMap((p) => away(p.hostId, p.since.getTime(), 'executing a plan that an operator assigned')),
    ...pool.leases.flatMap((l) => (l.rollout === null ? away(l.holder, l.grantedAt, 'holds a lease') : [])),
  ]
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
