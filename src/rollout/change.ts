import { poolAfter, type Lease } from './lease.ts'
import type { Millis } from './millis.ts'
import type { Member, Outcome, Rollout, RolloutState } from './rollout.ts'
import { memberAfter, type MemberEvent, type MemberState, type RolloutEvent } from './transitions.ts'

/** One row to be written, and why. All changes of one answer belong in one transaction. */
export type Change = RolloutChange | MemberChange | HeardChange | LeaseChange

export interface RolloutChange {
  readonly of: 'rollout'
  readonly event: RolloutEvent
  readonly row: Rollout
  readonly because: string
}

export interface MemberChange {
  readonly of: 'member'
  readonly event: MemberEvent
  readonly row: Member
  readonly because: string
}

/** A host was heard of; of no interest to a timeline. */
export interface HeardChange {
  readonly of: 'heard'
  readonly row: Member
}

export interface LeaseChange {
  readonly of: 'lease'
  readonly event: 'acquire' | 'renew' | 'release' | 'lapse'
  readonly lease: Lease
  readonly because: string
}

/** The state with the changes written into it. */
export function applied(state: RolloutState, changes: readonly Change[]): RolloutState {
  if (changes.length === 0) return state
  const rows = new Map<string, Member>()
  let rollout = state.rollout
  for (const change of changes) {
    if (change.of === 'rollout') rollout = change.row
    else if (change.of !== 'lease') rows.set(change.row.host, change.row)
  }
  const members = rows.size === 0 ? state.members : state.members.map((m) => rows.get(m.host) ?? m)
  const leases = changes.filter((change) => change.of === 'lease')
  return { ...state, rollout, members, pool: poolAfter(state.pool, leases) }
}

/** What an event leaves in the row beside the new state. */
const LEAVES: { readonly [E in MemberEvent]: (before: Member) => Partial<Member> } = {
  grant: () => ({ boot: null, plan: null }),
  start: () => ({}),
  'hand-back': () => ({ fence: null, plan: null }),
  lapse: () => ({ fence: null, plan: null }),
  land: () => outcome('landed'),
  'land-elsewhere': () => outcome('landed-elsewhere'),
  'cold-boot': () => outcome('cold-booted'),
  fail: ({ failures }) => ({ ...outcome('failed'), failures: failures + 1 }),
  retry: () => ({ fence: null, plan: null, boot: null }),
  'fall-back': () => ({ fence: null }),
  // It is the same failure still: whoever has seen it need not see it again.
  'roll-back': () => ({ outcome: 'rolled-back' }),
  lose: () => outcome('missing'),
  return: () => ({ outcome: null, acknowledged: false, fence: null, plan: null }),
  // Who takes a host out of a rollout has seen what became of it.
  skip: () => ({ acknowledged: true }),
  delete: () => ({ acknowledged: true }),
  cancel: () => ({ fence: null, plan: null }),
}

/** Moves a host by an event that the table has; whoever may be refused asks `memberAfter` first. */
export function moved(
  before: Member,
  event: MemberEvent,
  now: Millis,
  because: string,
  more: Partial<Member> = {},
): MemberChange {
  const to = memberAfter(event, before.state)
  if (!to.ok) throw new Error(`${event} does not follow from ${before.state}`)
  const state: MemberState = to.value
  const row: Member = { ...before, ...LEAVES[event](before), ...more, state, since: now, because }
  return { of: 'member', event, row, because }
}

function outcome(what: Outcome): Partial<Member> {
  return { outcome: what, acknowledged: false }
}
