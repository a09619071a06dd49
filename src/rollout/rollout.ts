import type { Pool } from './lease.ts'
import type { Millis, OffsetAt } from './millis.ts'
import type { HealthResult, RolloutSpec } from './spec.ts'
import type { MemberState, RolloutStateName } from './transitions.ts'

/** All that a decision is made from: rows as they are stored, the rules, and the zones' offsets. */
export interface RolloutState {
  readonly spec: RolloutSpec
  readonly rollout: Rollout
  readonly members: readonly Member[]
  /** The pool that the rollout takes its leases from, with everybody else's leases. */
  readonly pool: Pool
  readonly results: readonly HealthResult[]
  /** Hosts that are away for other reasons; they count as if this rollout had taken them. */
  readonly others: readonly Away[]
  readonly offsetAt: OffsetAt
}

export interface Rollout {
  readonly id: string
  readonly author: string
  readonly phase: 'draft' | 'awaiting-approval' | 'started' | 'done' | 'cancelled'
  readonly phaseSince: Millis
  /** Index of the last wave that is open. */
  readonly wave: number
  /** When that wave opened; null before the start. */
  readonly waveSince: Millis | null
  /** The operator's pauses, oldest first; the last one may still go on. */
  readonly pauses: readonly Pause[]
  /** The brake, while it is on. */
  readonly halt: Halt | null
  /** When the brake was last let go. */
  readonly acknowledgedAt: Millis | null
  readonly approvals: readonly Approval[]
}

export interface Pause {
  readonly from: Millis
  /** Null while it goes on. */
  readonly until: Millis | null
  readonly by: string
}

export interface Halt {
  readonly at: Millis
  readonly cause: 'failures' | 'missing' | 'health' | 'operator'
  readonly hosts: readonly string[]
  readonly sentence: string
}

export interface Approval {
  readonly by: string
  readonly at: Millis
}

export type Outcome = 'landed' | 'landed-elsewhere' | 'cold-booted' | 'failed' | 'missing'

/** One host in a rollout. */
export interface Member {
  readonly host: string
  readonly wave: number
  /** The value of the failure domain's label; null where the host has none. */
  readonly domain: string | null
  readonly state: MemberState
  readonly since: Millis
  readonly because: string
  /** What came of the last attempt; a retry keeps it, so that the brake goes on counting it. */
  readonly outcome: Outcome | null
  /** Whether somebody has seen that outcome and let the rollout go on. */
  readonly acknowledged: boolean
  /** Attempts that failed. */
  readonly failures: number
  /** When the host last asked or reported. */
  readonly heardAt: Millis | null
  /** The lease of the grant it has or had last; null while it waits. */
  readonly fence: number | null
  /** The boot that the host was in when it started; null before. */
  readonly boot: string | null
  readonly plan: string | null
  readonly quarantined: Hold | null
  readonly optedOut: Hold | null
}

/** Somebody's wish that a host be left alone. */
export interface Hold {
  readonly since: Millis
  readonly because: string
}

/** A host that is away, or may be at any moment. */
export interface Away {
  readonly host: string
  readonly domain: string | null
  readonly since: Millis
  readonly because: string
}

/** The one word for where a rollout stands. The brake shows before the operator's pause; both may be on. */
export function stateOf(rollout: Rollout): RolloutStateName {
  if (rollout.phase !== 'started') return rollout.phase
  if (rollout.halt !== null) return 'halted'
  return pauseOf(rollout) === null ? 'running' : 'paused'
}

/** The operator's pause that goes on now. */
export function pauseOf(rollout: Rollout): Pause | null {
  const last = rollout.pauses.at(-1)
  return last !== undefined && last.until === null ? last : null
}

export function memberOf(state: RolloutState, host: string): Member | undefined {
  return state.members.find((m) => m.host === host)
}

/** Some names, and how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
