import { applied } from './change.ts'
import { GATES, type Asking, type Gate, type GateName, type Said } from './gate.ts'
import {
  attemptsGate,
  memberGate,
  optOutGate,
  preflightGate,
  quarantineGate,
  standingPauseGate,
} from './host-gates.ts'
import type { Millis } from './millis.ts'
import { domainGate, healthGate, leaseGate, unavailableGate } from './place-gates.ts'
import {
  approvalGate,
  freezeGate,
  haltedGate,
  pausedGate,
  soakGate,
  startedGate,
  waveGate,
  windowGate,
} from './rollout-gates.ts'
import { memberOf, type RolloutState } from './rollout.ts'
import { sweep } from './sweep.ts'

const SAYS: { readonly [name in Exclude<GateName, 'health'>]: (asking: Asking) => Said } = {
  member: memberGate,
  quarantine: quarantineGate,
  'opt-out': optOutGate,
  'standing-pause': standingPauseGate,
  preflight: preflightGate,
  started: startedGate,
  approval: approvalGate,
  paused: pausedGate,
  halted: haltedGate,
  freeze: freezeGate,
  window: windowGate,
  wave: waveGate,
  soak: soakGate,
  attempts: attemptsGate,
  'failure-domain': domainGate,
  'max-unavailable': unavailableGate,
  lease: leaseGate,
}

/**
 * Why a host may or may not reboot now: every gate in order. Nothing changes by asking.
 *
 * Decisions are made from this same list, so the two cannot disagree. A host that isn't in the rollout gets a
 * list of one.
 */
export function explain(state: RolloutState, host: string, now: Millis): readonly Gate[] {
  return gatesOf(applied(state, sweep(state, now)), host, now)
}

/** As `explain`, for a state that has been swept already. */
export function gatesOf(state: RolloutState, host: string, now: Millis): readonly Gate[] {
  const member = memberOf(state, host)
  if (!member) {
    const sentence = 'the host is not in this rollout'
    return [{ gate: 'member', id: null, verdict: 'fail', since: null, sentence, nextCheck: null }]
  }
  const asking: Asking = { state, member, now }
  return GATES.flatMap((gate): Gate[] => {
    if (gate !== 'health') return [{ gate, id: null, ...SAYS[gate](asking) }]
    return state.spec.health.map((h) => ({ gate, id: h.id, ...healthGate(asking, h) }))
  })
}

/** Whether a list of gates lets a host through. */
export function allPass(gates: readonly Gate[]): boolean {
  return gates.every((g) => g.verdict === 'pass')
}

/** When it is worth asking again: no gate that names a later time can have opened before. Null where none does. */
export function nextCheckOf(gates: readonly Gate[]): Millis | null {
  const times = gates.flatMap((g) => (g.verdict === 'pass' ? [] : (g.nextCheck ?? [])))
  return times.length === 0 ? null : Math.max(...times)
}
