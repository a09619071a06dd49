import type { Pool } from './lease.ts'
import type { Millis, OffsetAt } from './millis.ts'
import type { RebootMode } from './reboot-mode.ts'
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
  /** Hosts outside this rollout that are away, by the label of its failure domains; without that label none. */
  readonly neighbours: readonly Away[]
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

export type Outcome = 'landed' | 'landed-elsewhere' | 'cold-booted' | 'failed' | 'missing' | 'rolled-back'

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
  /** The boot that the host was in when it started; null before, and again once it is granted another reboot. */
  readonly boot: string | null
  readonly plan: string | null
  /** How it goes, or went last; by kexec until a grant says otherwise. */
  readonly mode: RebootMode
  /** The boot entry that it goes back to; set when its attempt is given up, and never again. */
  readonly fallback: string | null
  readonly quarantined: Hold | null
  readonly optedOut: Hold | null
  /** Why its kernel would refuse the load, as its newest snapshot shows; null where nothing speaks against it. */
  readonly preflight: Hold | null
  /** Pauses of its group and of the fleet, the ended ones too: they outlive every rollout. */
  readonly pauses: readonly StandingPause[]
}

/** A pause of a whole scope, which no rollout can lift. */
export interface StandingPause {
  /** `fleet` or `group:<name>`. */
  readonly scope: string
  readonly from: Millis
  /** When it ended, or will by itself; null while nobody knows. */
  readonly until: Millis | null
  readonly by: string
  readonly because: string
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

/** The standing pause that holds a host now; of several the one that lasts longest. */
export function standingPauseOf({ pauses }: Pick<Member, 'pauses'>, now: Millis): StandingPause | null {
  const lasts = (pause: StandingPause) => pause.until ?? Infinity
  return pauses
    .filter((p) => p.from <= now && lasts(p) > now)
    .reduce<StandingPause | null>((best, p) => (best && lasts(best) >= lasts(p) ? best : p), null)
}

export function memberOf(state: RolloutState, host: string): Member | undefined {
  return state.members.find((m) => m.host === host)
}

/** Whether a host has leave to reboot that it has not used yet. */
export function hasGrant({ state, fence }: Member): boolean {
  return state === 'granted' || (state === 'rolling-back' && fence !== null)
}

/** Whether a host has used the grant that it has or had last: it may have left the boot that it was in. */
export function hasBegun({ fence, boot }: Pick<Member, 'fence' | 'boot'>): boolean {
  return fence !== null && boot !== null
}

/** Whether a host came back as it was meant to: one that was sent through firmware comes back by firmware. */
export function isAsMeant({
  outcome,
  mode,
  fallback,
}: Pick<Member, 'outcome' | 'mode' | 'fallback'>): boolean {
  // On the way back the mode is that of the way back, and the outcome still that of the way there.
  return outcome === 'landed' || (outcome === 'cold-booted' && mode !== 'kexec' && fallback === null)
}

/** Some names, and how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
