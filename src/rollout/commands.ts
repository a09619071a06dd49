import { applied, moved, type Change, type RolloutChange } from './change.ts'
import { releaseIn } from './lease.ts'
import type { Millis } from './millis.ts'
import { err, ok, type Result } from './result.ts'
import { pauseOf, stateOf, type Rollout, type RolloutState } from './rollout.ts'
import { sweep } from './sweep.ts'
import {
  memberAfter,
  rolloutAfter,
  type IllegalTransition,
  type RolloutEvent,
  type RolloutStateName,
} from './transitions.ts'

export type CommandRefusal =
  | IllegalTransition
  /** Four eyes: who wrote a rollout doesn't approve it. */
  | { readonly code: 'own-approval'; readonly by: string }
  | { readonly code: 'approved-already'; readonly by: string }

export type Commanded<E = CommandRefusal> = Result<readonly Change[], E>

/** Hands a draft in. It starts at once where nobody has to approve it. */
export function submit(state: RolloutState, now: Millis): Commanded<IllegalTransition> {
  return commanded(state, 'submit', now, 'handed in', ({ rollout, spec }) =>
    spec.approvals > 0 ? { ...rollout, phase: 'awaiting-approval', phaseSince: now } : started(rollout, now),
  )
}

/** The last approval that is needed starts the rollout. Errors: `own-approval`, `approved-already`. */
export function approve(state: RolloutState, by: string, now: Millis): Commanded {
  const { author, approvals: before } = state.rollout
  if (author === by) return err({ code: 'own-approval', by })
  if (before.some((a) => a.by === by)) return err({ code: 'approved-already', by })
  return commanded(state, 'approve', now, `approved by ${by}`, ({ rollout, spec }) => {
    const row = { ...rollout, approvals: [...rollout.approvals, { by, at: now }] }
    return row.approvals.length >= spec.approvals ? started(row, now) : row
  })
}

/** Nothing more is granted, and what was granted may not start. Deadlines stand still. */
export function pause(state: RolloutState, by: string, now: Millis): Commanded<IllegalTransition> {
  // Pausing what is paused under the brake already is as legal, and changes nothing.
  return commanded(state, 'pause', now, `paused by ${by}`, ({ rollout }) =>
    pauseOf(rollout) ? rollout : { ...rollout, pauses: [...rollout.pauses, { from: now, until: null, by }] },
  )
}

/** Goes on where it stopped. Errors: `illegal-transition` while the brake is on: acknowledge first. */
export function resume(state: RolloutState, by: string, now: Millis): Commanded<IllegalTransition> {
  return commanded(state, 'resume', now, `resumed by ${by}`, ({ rollout }) => unpaused(rollout, now))
}

/** The brake, by hand. */
export function halt(
  state: RolloutState,
  by: { readonly by: string; readonly because: string },
  now: Millis,
): Commanded<IllegalTransition> {
  const sentence = `halted by ${by.by}: ${by.because}`
  const brake = { at: now, cause: 'operator', hosts: [], sentence } as const
  return commanded(state, 'halt', now, sentence, ({ rollout }) => ({ ...rollout, halt: brake }))
}

/** Lets the brake go. All that has happened so far counts no more; the operator's own pause stays. */
export function acknowledge(
  state: RolloutState,
  by: { readonly by: string; readonly because: string },
  now: Millis,
): Commanded<IllegalTransition> {
  const because = `acknowledged by ${by.by}: ${by.because}`
  const done = commanded(state, 'acknowledge', now, because, ({ rollout }) => ({
    ...rollout,
    halt: null,
    acknowledgedAt: now,
  }))
  if (!done.ok) return done
  const seen = applied(state, done.value).members.filter((m) => m.outcome !== null && !m.acknowledged)
  return ok([
    ...done.value,
    ...seen.map((m) => ({ of: 'heard', row: { ...m, acknowledged: true } }) as const),
  ])
}

/** Ends it for good: who waits is cancelled, an unused grant is taken back, who has jumped is still judged. */
export function cancel(
  state: RolloutState,
  by: { readonly by: string; readonly because: string },
  now: Millis,
): Commanded<IllegalTransition> {
  const because = `cancelled by ${by.by}: ${by.because}`
  const done = commanded(state, 'cancel', now, because, ({ rollout }) => ({
    ...unpaused(rollout, now),
    phase: 'cancelled',
    phaseSince: now,
  }))
  if (!done.ok) return done
  const { members, pool, rollout } = applied(state, done.value)
  const waiting = members.filter((m) => memberAfter('cancel', m.state).ok)
  const released = waiting.flatMap((m) => releaseIn(pool, { holder: m.host, rollout: rollout.id }, because))
  return ok([...done.value, ...waiting.map((m) => moved(m, 'cancel', now, because)), ...released])
}

/** What is due by time comes first: a command is given to the rollout as it stands now. */
function commanded(
  state: RolloutState,
  event: RolloutEvent,
  now: Millis,
  because: string,
  change: (swept: RolloutState) => Rollout,
): Commanded<IllegalTransition> {
  const due = sweep(state, now)
  const swept = applied(state, due)
  const from: RolloutStateName = stateOf(swept.rollout)
  const to = rolloutAfter(event, from)
  if (!to.ok) return to
  const row = change(swept)
  if (!to.value.includes(stateOf(row))) throw new Error(`${event} led from ${from} to ${stateOf(row)}`)
  const done: RolloutChange = { of: 'rollout', event, row, because }
  return ok([...due, done])
}

function started(rollout: Rollout, now: Millis): Rollout {
  return { ...rollout, phase: 'started', phaseSince: now, wave: 0, waveSince: now }
}

function unpaused(rollout: Rollout, now: Millis): Rollout {
  return { ...rollout, pauses: rollout.pauses.map((p) => (p.until === null ? { ...p, until: now } : p)) }
}
