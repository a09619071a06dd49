import { applied, moved, type Change } from './change.ts'
import { awake, grantedUntil } from './decide.ts'
import { allPass, gatesOf } from './explain.ts'
import { fail, pass, type Gate } from './gate.ts'
import { holdersOf, renew, type Lease } from './lease.ts'
import type { Millis } from './millis.ts'
import { err, ok, type Result } from './result.ts'
import { hasGrant, memberOf, type Member, type RolloutState } from './rollout.ts'

export interface MayApply {
  readonly lease: Lease
  readonly until: Millis
}

export interface NotNow {
  readonly code: 'not-now'
  readonly gates: readonly Gate[]
}

/**
 * Whether a grant may be used now: windows, freezes, pause, brake and holds are looked at again, and the
 * fencing token must be that of the grant that is still good.
 *
 * Errors: `not-now` with every gate, `fence` first.
 */
export function mayApply(
  state: RolloutState,
  host: string,
  fence: number,
  now: Millis,
): Result<MayApply, NotNow> {
  const swept = applied(state, awake(state, host, now))
  const lease = holdersOf(swept.pool, now).find((l) => l.fence === fence && l.holder === host)
  const gates = [fenceGate(memberOf(swept, host), fence, lease), ...gatesOf(swept, host, now)]
  if (!lease || !allPass(gates)) return err({ code: 'not-now', gates })
  return ok({ lease, until: grantedUntil(swept, lease, now) })
}

/**
 * The host is about to jump: its grant is used up, and its lease starts again.
 *
 * The same word from the same boot changes nothing: the answer to the first one was lost.
 *
 * Errors: `not-now` with every gate. A grant that another boot has used is none any more.
 */
export function start(
  state: RolloutState,
  host: string,
  by: { readonly fence: number; readonly boot: string },
  now: Millis,
): Result<readonly Change[], NotNow> {
  const due = awake(state, host, now)
  const swept = applied(state, due)
  const member = memberOf(swept, host)
  if (member?.state === 'rebooting' && member.fence === by.fence && member.boot === by.boot) return ok(due)
  const may = mayApply(swept, host, by.fence, now)
  if (!may.ok) return may
  const renewed = renew(swept.pool, by.fence, now)
  if (!renewed.ok || !member) throw new Error('the fence gate has passed, and there is no lease')
  return ok([
    ...due,
    ...renewed.value,
    moved(member, 'start', now, `it is about to go by ${member.mode}`, { boot: by.boot }),
  ])
}

function fenceGate(member: Member | undefined, fence: number, lease: Lease | undefined): Gate {
  const good = member !== undefined && hasGrant(member) && member.fence === fence && lease !== undefined
  const said = good
    ? pass('the grant is good', member.since)
    : fail(`grant ${fence} is not this host's, has been used, or has ended`, null)
  return { gate: 'fence', id: null, ...said }
}
