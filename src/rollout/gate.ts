import type { Millis } from './millis.ts'
import type { Member, RolloutState } from './rollout.ts'

/** What a host must pass before it may reboot, in the order in which it is told. */
export const GATES = [
  'member',
  'quarantine',
  'opt-out',
  'standing-pause',
  'preflight',
  'started',
  'approval',
  'paused',
  'halted',
  'freeze',
  'window',
  'wave',
  'soak',
  'attempts',
  'failure-domain',
  'max-unavailable',
  'health',
  'lease',
] as const
export type GateName = (typeof GATES)[number]

export interface Gate {
  /** `fence` only stands where a grant is used. */
  readonly gate: GateName | 'fence'
  /** Which health gate it is; null for all others. */
  readonly id: string | null
  /** `wait` passes with time or by what other hosts do; `fail` needs somebody to act. */
  readonly verdict: 'pass' | 'wait' | 'fail'
  /** Since when that is so, where it is known. */
  readonly since: Millis | null
  readonly sentence: string
  /** When asking again could give another answer; null where no clock says so. */
  readonly nextCheck: Millis | null
}

/** What one gate sees. */
export interface Asking {
  /** Swept: see `sweep`. */
  readonly state: RolloutState
  readonly member: Member
  readonly now: Millis
}

/** A gate without its name. */
export type Said = Omit<Gate, 'gate' | 'id'>

export function pass(sentence: string, since: Millis | null = null): Said {
  return { verdict: 'pass', since, sentence, nextCheck: null }
}

export function wait(sentence: string, since: Millis | null, nextCheck: Millis | null): Said {
  return { verdict: 'wait', since, sentence, nextCheck }
}

export function fail(sentence: string, since: Millis | null): Said {
  return { verdict: 'fail', since, sentence, nextCheck: null }
}
