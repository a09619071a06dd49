import { applied, moved, type Change } from './change.ts'
import { release, releaseHolder, releaseIn } from './lease.ts'
import type { Millis } from './millis.ts'
import { err, ok, type Result } from './result.ts'
import { hasBegun, memberOf, type Member, type Outcome, type RolloutState } from './rollout.ts'
import { backFrom, type Fallback } from './roll-back.ts'
import { sweep } from './sweep.ts'
import { memberAfter, type IllegalTransition, type MemberEvent } from './transitions.ts'

export type ReportRefusal =
  | { readonly code: 'not-a-member'; readonly host: string }
  /** The report is of another grant than the host has now. */
  | { readonly code: 'stale-fence'; readonly fence: number; readonly current: number | null }
  | IllegalTransition

/** What evidence may say of a grant; who goes back is judged by what it runs then. */
export type JudgedOutcome = Exclude<Outcome, 'missing' | 'rolled-back'>

const EVENT_OF: { readonly [O in JudgedOutcome]: MemberEvent } = {
  landed: 'land',
  'landed-elsewhere': 'land-elsewhere',
  'cold-booted': 'cold-boot',
  failed: 'fail',
}

/**
 * A host was heard of. One that fell silent before it began a reboot comes back to its place, while there is one, and
 * a grant that it has not used is void; one that went missing in a reboot is judged by its boot, not by its voice.
 */
export function heard(state: RolloutState, host: string, now: Millis): readonly Change[] {
  const member = memberOf(state, host)
  if (!member) return []
  const row = { ...member, heardAt: now }
  if (member.state !== 'missing' || hasBegun(member)) return [{ of: 'heard', row }]
  const [event, because] =
    state.rollout.phase !== 'started'
      ? (['skip', 'it was heard of again when the rollout had ended'] as const)
      : ([member.fallback === null ? 'return' : 'fall-back', 'it was heard of again'] as const)
  return [moved(row, event, now, because), ...release(state.pool, member.fence, because)]
}

/**
 * What came of a grant, judged by evidence elsewhere. The lease ends, but for a host that is to go back: see
 * `backFrom`. The same outcome again changes nothing.
 *
 * Errors: `stale-fence` for a grant that is not the host's last one, `illegal-transition` for one that has
 * another outcome already.
 */
export function judged(
  state: RolloutState,
  host: string,
  by: {
    readonly fence: number
    readonly outcome: JudgedOutcome
    readonly because: string
    /** What it could go back to; null where nothing is known that it ran well. */
    readonly fallback?: Fallback | null
  },
  now: Millis,
): Result<readonly Change[], ReportRefusal> {
  const member = memberOf(state, host)
  if (!member) return err({ code: 'not-a-member', host })
  if (member.fence !== by.fence) return err({ code: 'stale-fence', fence: by.fence, current: member.fence })
  if (member.state === by.outcome) return ok([])
  const { fallback = null, because } = by
  const wentBack = member.fallback !== null
  const isBack = wentBack && fallback?.runs === true
  const event = isBack ? 'roll-back' : wentBack ? 'fail' : EVENT_OF[by.outcome]
  const out = left(state, { ...member, heardAt: now }, event, now, because)
  return out.ok && !wentBack ? ok(backFrom(state, out.value, fallback, now)) : out
}

/** A host gives a grant back that it can't use; that is no failed attempt. Errors: as `judged`. */
export function handedBack(
  state: RolloutState,
  host: string,
  by: { readonly fence: number; readonly because: string },
  now: Millis,
): Result<readonly Change[], ReportRefusal> {
  const member = memberOf(state, host)
  if (!member) return err({ code: 'not-a-member', host })
  if (member.fence !== by.fence) return err({ code: 'stale-fence', fence: by.fence, current: member.fence })
  return left(state, { ...member, heardAt: now }, 'hand-back', now, by.because)
}

/** An operator takes a host out; whatever came of it counts no more. Errors: `illegal-transition`, `not-a-member`. */
export function skipped(
  state: RolloutState,
  host: string,
  because: string,
  now: Millis,
): Result<readonly Change[], ReportRefusal> {
  const due = sweep(state, now)
  const swept = applied(state, due)
  const member = memberOf(swept, host)
  if (!member) return err({ code: 'not-a-member', host })
  const changes = left(swept, member, 'skip', now, because)
  return changes.ok ? ok([...due, ...changes.value]) : changes
}

/** A host is deleted: whatever it held is free at once, and a rollout doesn't wait for it. */
export function deleted(state: RolloutState, host: string, now: Millis): readonly Change[] {
  const freed = releaseHolder(state.pool, host, 'the host was deleted')
  const member = memberOf(state, host)
  if (!member || !memberAfter('delete', member.state).ok) return freed
  return [...freed, moved(member, 'delete', now, 'the host was deleted')]
}

/** A member leaves its grant: its lease ends with it, whatever windows, pauses and brakes say. */
function left(
  { pool, rollout }: RolloutState,
  member: Member,
  event: MemberEvent,
  now: Millis,
  because: string,
): Result<readonly Change[], IllegalTransition> {
  const to = memberAfter(event, member.state)
  if (!to.ok) return to
  const by = { holder: member.host, rollout: rollout.id }
  return ok([moved(member, event, now, because), ...releaseIn(pool, by, because)])
}
