import { err, ok, type Result } from './result.ts'

export const MEMBER_STATES = [
  'waiting',
  'granted',
  'rebooting',
  'landed',
  'landed-elsewhere',
  'cold-booted',
  'failed',
  'missing',
  /** It did not come back as it was meant to, and is to go back; until it goes, it keeps its place. */
  'rolling-back',
  'rolled-back',
  'skipped',
  'cancelled',
] as const
export type MemberState = (typeof MEMBER_STATES)[number]

export const MEMBER_EVENTS = [
  'grant',
  'start',
  'hand-back',
  'lapse',
  'land',
  'land-elsewhere',
  'cold-boot',
  'fail',
  'retry',
  'fall-back',
  'roll-back',
  'lose',
  'return',
  'skip',
  'delete',
  'cancel',
] as const
export type MemberEvent = (typeof MEMBER_EVENTS)[number]

export const ROLLOUT_STATES = [
  'draft',
  'awaiting-approval',
  'running',
  'paused',
  'halted',
  'done',
  'cancelled',
] as const
export type RolloutStateName = (typeof ROLLOUT_STATES)[number]

export const ROLLOUT_EVENTS = [
  'submit',
  'approve',
  'pause',
  'resume',
  'halt',
  'acknowledge',
  'advance',
  'finish',
  'cancel',
] as const
export type RolloutEvent = (typeof ROLLOUT_EVENTS)[number]

type MemberTable = { readonly [E in MemberEvent]: { readonly [S in MemberState]?: MemberState } }
type RolloutTable = {
  readonly [E in RolloutEvent]: { readonly [S in RolloutStateName]?: readonly RolloutStateName[] }
}

/** Reports get lost: what a boot shows may be known of a host of which nobody heard that it had started. */
function seenAfterBoot(to: MemberState) {
  return { granted: to, rebooting: to, missing: to } as const
}

/** Every step that a host can take. What is not here doesn't happen. */
export const MEMBER_TABLE: MemberTable = {
  // Whoever is rolled back is granted that, and may give it back, while it is still on its way back.
  grant: { waiting: 'granted', 'rolling-back': 'rolling-back' },
  start: { granted: 'rebooting', 'rolling-back': 'rebooting' },
  'hand-back': { granted: 'waiting', 'rolling-back': 'rolling-back' },
  lapse: { granted: 'waiting', 'rolling-back': 'rolling-back' },
  land: seenAfterBoot('landed'),
  'land-elsewhere': seenAfterBoot('landed-elsewhere'),
  'cold-boot': seenAfterBoot('cold-booted'),
  fail: { ...seenAfterBoot('failed'), 'rolling-back': 'failed' },
  retry: { failed: 'waiting' },
  'fall-back': {
    'landed-elsewhere': 'rolling-back',
    'cold-booted': 'rolling-back',
    failed: 'rolling-back',
    missing: 'rolling-back',
  },
  'roll-back': {
    'landed-elsewhere': 'rolled-back',
    'cold-booted': 'rolled-back',
    failed: 'rolled-back',
    'rolling-back': 'rolled-back',
    rebooting: 'rolled-back',
    missing: 'rolled-back',
  },
  lose: { waiting: 'missing', granted: 'missing', rebooting: 'missing', 'rolling-back': 'missing' },
  return: { missing: 'waiting' },
  skip: {
    waiting: 'skipped',
    granted: 'skipped',
    failed: 'skipped',
    missing: 'skipped',
    'rolling-back': 'skipped',
  },
  delete: {
    waiting: 'skipped',
    granted: 'skipped',
    rebooting: 'skipped',
    failed: 'skipped',
    missing: 'skipped',
    'rolling-back': 'skipped',
  },
  cancel: { waiting: 'cancelled', granted: 'cancelled', 'rolling-back': 'cancelled' },
}

/** Every step that a rollout can take; where there are two ways, its rows say which. */
export const ROLLOUT_TABLE: RolloutTable = {
  submit: { draft: ['awaiting-approval', 'running'] },
  approve: { 'awaiting-approval': ['awaiting-approval', 'running'] },
  // The brake and the operator's own pause are two switches: neither lifts the other.
  pause: { running: ['paused'], halted: ['halted'] },
  resume: { paused: ['running'] },
  halt: { running: ['halted'], paused: ['halted'] },
  acknowledge: { halted: ['running', 'paused'] },
  advance: { running: ['running'] },
  finish: { running: ['done'] },
  cancel: {
    draft: ['cancelled'],
    'awaiting-approval': ['cancelled'],
    running: ['cancelled'],
    paused: ['cancelled'],
    halted: ['cancelled'],
  },
}

export interface IllegalTransition {
  readonly code: 'illegal-transition'
  readonly event: MemberEvent | RolloutEvent
  readonly from: MemberState | RolloutStateName
}

/** Where `event` takes a host. Errors: `illegal-transition` for a step that the table doesn't have. */
export function memberAfter(event: MemberEvent, from: MemberState): Result<MemberState, IllegalTransition> {
  const to = MEMBER_TABLE[event][from]
  return to === undefined ? err({ code: 'illegal-transition', event, from }) : ok(to)
}

/** Where `event` may take a rollout. Errors: `illegal-transition` for a step that the table doesn't have. */
export function rolloutAfter(
  event: RolloutEvent,
  from: RolloutStateName,
): Result<readonly RolloutStateName[], IllegalTransition> {
  const to = ROLLOUT_TABLE[event][from]
  return to === undefined ? err({ code: 'illegal-transition', event, from }) : ok(to)
}
