import type { Millis } from './millis.ts'
import type { RebootMode } from './reboot-mode.ts'
import { pauseOf, type Member, type Pause, type RolloutState } from './rollout.ts'
import type { Deadlines } from './spec.ts'

/**
 * How much of the time between two instants was paused. Pauses may overlap, as those of a rollout and of the
 * fleet do; no time counts twice.
 *
 * Units: ms.
 */
export function pausedBetween(
  pauses: readonly Pick<Pause, 'from' | 'until'>[],
  from: Millis,
  to: Millis,
): number {
  let paused = 0
  let counted = from
  for (const pause of [...pauses].sort((a, b) => a.from - b.from)) {
    const until = Math.min(pause.until ?? to, to)
    paused += Math.max(0, until - Math.max(pause.from, counted))
    counted = Math.max(counted, until)
  }
  return paused
}

export interface Deadline {
  /** From when on the time is counted. */
  readonly from: Millis
  /** When it is over, if the rollout isn't paused (again) before. */
  readonly due: Millis
  readonly sentence: string
}

/**
 * Until when a host's state must have changed; null where it may last.
 *
 * A host that waits or was granted a reboot is given time since it was last heard of: one that still asks is
 * held up, not gone. A host that has jumped cannot speak, so its time runs from the jump. Time in which
 * the operator has paused the rollout, its group or the fleet doesn't count; time in which the brake is on does, since
 * just then it matters who came back.
 */
export function deadlineOf(state: RolloutState, member: Member, now: Millis): Deadline | null {
  const basis = basisOf(state, member)
  if (basis === null) return null
  const { from, limitMs, sentence } = basis
  const paused = pausedBetween([...state.rollout.pauses, ...member.pauses], from, now)
  return { from, due: from + limitMs + paused, sentence }
}

/** Whether it is over now. What was not over when a pause began is not over while it lasts. */
export function isOverdue(deadline: Deadline, now: Millis): boolean {
  return deadline.due <= now
}

/** Null while a pause goes on: nobody knows how long it will. */
export function knownDue(state: RolloutState, deadline: Deadline | null): Millis | null {
  return deadline === null || pauseOf(state.rollout) !== null ? null : deadline.due
}

function basisOf(
  { spec, rollout }: RolloutState,
  member: Member,
): { from: Millis; limitMs: number; sentence: string } | null {
  const { waitingMs, grantedMs } = spec.deadlines
  const heard = Math.max(member.since, member.heardAt ?? member.since)
  if (member.state === 'rebooting')
    return {
      from: member.since,
      limitMs: rebootMs(spec.deadlines, member.mode),
      sentence: `it did not come back from its reboot by ${member.mode}`,
    }
  if (member.state === 'granted')
    return { from: heard, limitMs: grantedMs, sentence: 'it was granted a reboot and fell silent' }
  if (member.state === 'rolling-back')
    return { from: heard, limitMs: grantedMs, sentence: 'it was to be rolled back and fell silent' }
  const { phase, wave, waveSince } = rollout
  const open = phase === 'started' && waveSince !== null && member.wave <= wave
  if (member.state !== 'waiting' || !open || waitingMs === null || isHeld(member)) return null
  return {
    from: Math.max(heard, waveSince),
    limitMs: waitingMs,
    sentence: 'its wave is open and it is silent',
  }
}

function rebootMs({ rebootingMs, coldMs, powercycleMs }: Deadlines, mode: RebootMode): number {
  return { kexec: rebootingMs, cold: coldMs, powercycle: powercycleMs }[mode]
}

/** Whether somebody keeps this host out: it is then in nobody's way. */
export function isHeld(member: Member): boolean {
  return member.quarantined !== null || member.optedOut !== null
}
