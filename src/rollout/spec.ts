import type { Millis } from './millis.ts'
import type { Share } from './share.ts'
import type { Window } from './window.ts'

/** What an operator asks for. Which hosts, is resolved outside: here they are members already. */
export interface RolloutSpec {
  /** What is to be booted; opaque here. */
  readonly bootEntry: string
  /** Sizes of the first waves; what is left over goes in one more. None: `DEFAULT_WAVES`. */
  readonly waves: readonly Share[]
  /** Hosts that may be away at once; a percentage is of all members. */
  readonly maxUnavailable: Share
  readonly failureDomain: FailureDomainRule | null
  /** How long the fleet is watched after a wave has settled, before the next one starts. */
  readonly soakMs: number
  /** When hosts may start; none means always. */
  readonly windows: readonly Window[]
  /** When nothing starts, whatever the windows say. */
  readonly freezes: readonly Freeze[]
  readonly health: readonly HealthGate[]
  readonly halt: HaltRule
  readonly deadlines: Deadlines
  readonly attempts: Attempts
  /** What becomes of a host that did not come back as it was meant to and has no attempt left. */
  readonly onFailure: OnFailure
  /** What hosts go back to; null: what each ran well before. */
  readonly fallbackEntry: string | null
  /** How many people other than the author must approve. */
  readonly approvals: number
}

/** `hold`: it stays as it is. `roll-back`: it goes back to what it ran well before, once. */
export type OnFailure = 'hold' | 'roll-back'

/** A canary of one, then growing; the rest follows. */
export const DEFAULT_WAVES: readonly Share[] = [{ count: 1 }, { percent: 10 }, { percent: 30 }]

/**
 * What keeps one rack, row or power feed from taking more down than it should.
 *
 * `perDomain` null: hosts of one domain at a time. A number: at most so many of each domain. A host without
 * the label could stand anywhere: it goes alone, or counts towards every domain.
 */
export interface FailureDomainRule {
  readonly label: string
  readonly perDomain: number | null
}

/** From `from` on, up to and without `until`. */
export interface Freeze {
  readonly from: Millis
  readonly until: Millis
  readonly because: string
}

/** Something outside that must be well. Who asks it, and how, is the service's business; results come in as rows. */
export interface HealthGate {
  readonly id: string
  readonly kind: 'http' | 'prometheus' | 'kdump' | 'hook'
  /** Whether one result speaks for all hosts or each host has its own. */
  readonly scope: 'rollout' | 'host'
  /** How long a result counts. */
  readonly validMs: number
  /** A failed result keeps hosts waiting; it may halt the rollout too. An inconclusive one only keeps them waiting. */
  readonly onFail: 'wait' | 'halt'
}

export interface HealthResult {
  readonly gate: string
  /** Null where it speaks for all hosts. */
  readonly host: string | null
  readonly verdict: 'pass' | 'fail' | 'inconclusive'
  readonly at: Millis
  readonly detail: string
}

export type FailingOutcome = 'failed' | 'cold-booted' | 'landed-elsewhere' | 'rolled-back'

/** When a rollout stops by itself. Percentages are of all members. */
export interface HaltRule {
  readonly failures: Share
  readonly missing: Share
  /** Which outcomes count as failures; `cold-booted` never where that was asked for. */
  readonly counted: readonly FailingOutcome[]
}

/** How long a host may stay in a state; time in which the operator has paused the rollout doesn't count. */
export interface Deadlines {
  /** Silence of a host whose wave is open. Null: it may stay silent for ever, and holds its wave up. */
  readonly waitingMs: number | null
  /** Silence of a host that was granted a reboot. */
  readonly grantedMs: number
  /** From the jump until it is known what came of it, by kexec. */
  readonly rebootingMs: number
  /** The same through firmware, which takes its time. */
  readonly coldMs: number
  readonly powercycleMs: number
}

export interface Attempts {
  /** Tries a host has, the first one included. */
  readonly most: number
  /** Wait after the first failure; it doubles with each further one. */
  readonly backoffMs: number
  readonly mostBackoffMs: number
}
