import type { Member, Rollout, RolloutState } from '../../rollout/rollout.ts'
import type { HealthResult } from '../../rollout/spec.ts'
import type { Rows } from '../../store/open-store.ts'
import type { RolloutMember as MemberRow } from '../../store/rollout-members.ts'
import type { Rollout as RolloutRow } from '../../store/rollouts.ts'
import type { NewRollout } from '../../wire/rollout-spec.ts'
import { readPool } from './lease-life.ts'
import { besides, readAway } from './away-hosts.ts'
import { readPreflight } from './preflight-holds.ts'
import { coreSpec } from './rollout-spec.ts'
import { pausesByHost } from './standing-pauses.ts'
import { offsetAt } from './zone-offset.ts'

/** All that one decision is made from: members, leases, results; no snapshot is read. Null where there is no such rollout. */
export async function readRollout(rows: Rows, rolloutId: string, at: Date): Promise<RolloutState | null> {
  const row = await rows.rollouts.get(rolloutId)
  if (!row) return null
  const stored = await rows.rolloutMembers.of(rolloutId, row.revision)
  const holds = await readHolds(rows, at)
  const pausesOf = await pausesByHost(rows, row.createdAt)
  const members = stored.map((m) =>
    coreMember(m, { ...(holds.get(m.hostId) ?? NO_HOLDS), pauses: pausesOf(m.hostId) }),
  )
  const pool = await readPool(rows, row.pool)
  const spec = coreSpec(specOf(row))
  const away = await readAway(rows, { rolloutId, at })
  return {
    spec,
    rollout: coreRollout(row),
    members,
    pool,
    results: spec.health.length === 0 ? [] : (await rows.healthResults.of(rolloutId)).map(coreResult),
    ...(await besides(rows, away, { members, label: spec.failureDomain?.label ?? null })),
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
  const { state, because, outcome, acknowledged, failures, fence, boot, plan, mode, fallback } = member
  return {
    ...{ state, because, outcome, acknowledged, failures, fence, mode, fallback },
    since: new Date(member.since),
    heardAt: dateOf(member.heardAt),
    bootId: boot,
    planId: plan,
  }
}

/** What keeps a host out. */
export type Holds = Pick<Member, 'quarantined' | 'optedOut' | 'preflight'>

export const NO_HOLDS: Holds = { quarantined: null, optedOut: null, preflight: null }

/** Who is kept out, and why; a host that nobody keeps out is not in it. */
export async function readHolds(rows: Rows, at: Date): Promise<ReadonlyMap<string, Holds>> {
  const held = (await rows.hosts.held()).map((host): [string, Holds] => {
    const since = (host.stateSince ?? host.createdAt).getTime()
    const quarantined = host.state === 'quarantined' ? { since, because: host.stateReason } : null
    const optedOut = host.optOutAt && { since: host.optOutAt.getTime(), because: host.optOutReason ?? '' }
    return [host.id, { ...NO_HOLDS, quarantined, optedOut }]
  })
  const holds = new Map(held)
  for (const [host, preflight] of await readPreflight(rows, at))
    holds.set(host, { ...(holds.get(host) ?? NO_HOLDS), preflight })
  return holds
}

function coreMember(row: MemberRow, holds: Holds & Pick<Member, 'pauses'>): Member {
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
    mode: row.mode as Member['mode'],
    fallback: row.fallback,
    ...holds,
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

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at)
}
