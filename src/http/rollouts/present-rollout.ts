import type { Gate as CoreGate } from '../../rollout/gate.ts'
import { pauseOf, stateOf, type Rollout as CoreRollout } from '../../rollout/rollout.ts'
import { ROLLOUT_EVENTS, ROLLOUT_TABLE, type RolloutEvent } from '../../rollout/transitions.ts'
import type { RolloutMember as MemberRow } from '../../store/rollout-members.ts'
import type { Rollout as RolloutRow } from '../../store/rollouts.ts'
import type { Gate } from '../../wire/explain.ts'
import type { Rollout, RolloutMember } from '../../wire/rollout.ts'
import { coreRollout, specOf } from './rollout-state.ts'

/** How many hosts are in one state of one wave. */
export interface Count {
  readonly wave: number
  readonly state: string
  readonly hosts: number
}

export function presentRollout(row: RolloutRow, counts: readonly Count[]): Rollout {
  const core = coreRollout(row)
  const pause = pauseOf(core)
  const waves = [...new Set(counts.map((c) => c.wave))].sort((a, b) => a - b)
  return {
    id: row.id,
    state: stateOf(core),
    since: row.phaseSince.toISOString(),
    allowed: allowedOf(core),
    author: row.author,
    created_at: row.createdAt.toISOString(),
    spec: specOf(row),
    wave: core.waveSince === null ? 0 : core.wave + 1,
    wave_since: core.waveSince === null ? null : timeOf(core.waveSince),
    paused: pause && { from: timeOf(pause.from), by: pause.by },
    halt: core.halt && { ...core.halt, at: timeOf(core.halt.at), hosts: [...core.halt.hosts] },
    approvals: core.approvals.map(({ by, at }) => ({ by, at: timeOf(at) })),
    hosts: sum(counts),
    counts: byState(counts),
    waves: waves.map((wave) => {
      const own = counts.filter((c) => c.wave === wave)
      return { wave: wave + 1, hosts: sum(own), counts: byState(own) }
    }),
  }
}

/** What happens by itself nobody can ask for. */
const BY_ITSELF: readonly RolloutEvent[] = ['advance', 'finish']

export function allowedOf(rollout: CoreRollout): RolloutEvent[] {
  const from = stateOf(rollout)
  return ROLLOUT_EVENTS.filter((e) => ROLLOUT_TABLE[e][from] !== undefined && !BY_ITSELF.includes(e))
}

export function presentMember(row: MemberRow, hostname: string | null): RolloutMember {
  return {
    host: row.hostId,
    hostname,
    wave: row.wave + 1,
    domain: row.domain,
    state: row.state as RolloutMember['state'],
    since: row.since.toISOString(),
    because: row.because,
    outcome: row.outcome as RolloutMember['outcome'],
    acknowledged: row.acknowledged,
    failures: row.failures,
    heard_at: row.heardAt?.toISOString() ?? null,
    fence: row.fence,
    plan: row.planId,
    mode: row.mode as RolloutMember['mode'],
    fallback: row.fallback,
  }
}

export function presentGates(gates: readonly CoreGate[], rollout: string | null): Gate[] {
  return gates.map(({ gate, id, verdict, since, sentence, nextCheck }) => ({
    ...{ gate, id, rollout, verdict },
    since: since === null ? null : timeOf(since),
    sentence,
    next_check: nextCheck === null ? null : timeOf(nextCheck),
  }))
}

function byState(counts: readonly Count[]): Rollout['counts'] {
  const states = [...new Set(counts.map((c) => c.state))].sort()
  return Object.fromEntries(states.map((state) => [state, sum(counts.filter((c) => c.state === state))]))
}

function sum(counts: readonly Count[]): number {
  return counts.reduce((total, { hosts }) => total + hosts, 0)
}

function timeOf(at: number): string {
  return new Date(at).toISOString()
}
