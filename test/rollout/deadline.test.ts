import { expect, test } from 'vitest'
import { deadlineOf, isOverdue, knownDue, pausedBetween } from '../../src/rollout/deadline.ts'
import type { Member, Pause, StandingPause } from '../../src/rollout/rollout.ts'
import { minutes, rollout, SPEC, T0, withMember } from './world.ts'

const pause = (from: number, until: number | null): Pause => ({
  ...{ from: T0 + minutes(from), until: until === null ? null : T0 + minutes(until), by: 'night-shift' },
})

const standing = (from: number, until: number | null): StandingPause => ({
  ...{ ...pause(from, until), scope: 'fleet', because: 'a sale' },
})

test.each<[why: string, pauses: Pause[], from: number, to: number, want: number]>([
  ['none', [], 0, 60, 0],
  ['inside', [pause(10, 20)], 0, 60, 10],
  ['begins before', [pause(-10, 20)], 0, 60, 20],
  ['goes on', [pause(50, null)], 0, 60, 10],
  ['goes on longer than asked for', [pause(50, 90)], 0, 60, 10],
  ['before', [pause(-20, 0)], 0, 60, 0],
  ['after', [pause(60, 70)], 0, 60, 0],
  ['two', [pause(10, 20), pause(30, 35)], 0, 60, 15],
  ['two that meet', [pause(10, 20), pause(20, 30)], 0, 60, 20],
  ['two that overlap', [pause(20, 40), pause(10, 30)], 0, 60, 30],
  ['one within another', [pause(10, 40), pause(20, 30)], 0, 60, 30],
  ['two that go on', [pause(20, null), pause(30, null)], 0, 60, 40],
])('paused time: %s', (_why, pauses, from, to, want) => {
  expect(pausedBetween(pauses, T0 + minutes(from), T0 + minutes(to))).toBe(minutes(want))
})

test.each<[why: string, member: Partial<Member>, pauses: Pause[], dueAfterMinutes: number | null]>([
  ['rebooting: from the jump', { state: 'rebooting' }, [], 15],
  [
    'rebooting: nothing that it said before matters',
    { state: 'rebooting', heardAt: T0 + minutes(5) },
    [],
    15,
  ],
  ['rebooting: a pause of ten minutes', { state: 'rebooting' }, [pause(5, 15)], 25],
  [
    'rebooting: its scope paused, half of it with the rollout',
    { state: 'rebooting', pauses: [standing(0, 10)] },
    [pause(5, 15)],
    30,
  ],
  [
    'rebooting: its scope paused until later than now: so far',
    { state: 'rebooting', pauses: [standing(6, 90)] },
    [],
    25,
  ],
  ['rebooting: a pause before the jump', { state: 'rebooting' }, [pause(-15, 0)], 15],
  ['granted: silent', { state: 'granted' }, [], 20],
  ['granted: heard of since', { state: 'granted', heardAt: T0 + minutes(5) }, [], 25],
  ['granted: heard of before', { state: 'granted', heardAt: T0 - minutes(5) }, [], 20],
  ['waiting: silent since its wave opened', { state: 'waiting' }, [], 45],
  ['waiting: heard of since', { state: 'waiting', heardAt: T0 + minutes(30) }, [], 75],
  ['waiting: opted out', { state: 'waiting', optedOut: { since: T0, because: 'db' } }, [], null],
  ['waiting: its wave is not open', { state: 'waiting', wave: 1 }, [], null],
  ['rebooting through firmware', { state: 'rebooting', mode: 'cold' }, [], 45],
  ['rebooting, the power off in between', { state: 'rebooting', mode: 'powercycle' }, [], 50],
  ['to go back: silent', { state: 'rolling-back', since: T0 }, [], 20],
  ['to go back: heard of since', { state: 'rolling-back', heardAt: T0 + minutes(10) }, [], 30],
  ['landed', { state: 'landed' }, [], null],
  ['missing', { state: 'missing' }, [], null],
])('deadline: %s', (_why, change, pauses, want) => {
  const deadlines = {
    ...SPEC.deadlines,
    waitingMs: minutes(45),
    grantedMs: minutes(20),
    rebootingMs: minutes(15),
  }
  const state = withMember(rollout({ spec: { deadlines }, rollout: { pauses } }), 'h1', change)
  const deadline = deadlineOf(state, state.members[0] as Member, T0 + minutes(16))
  expect(deadline && (deadline.due - T0) / minutes(1)).toBe(want)
})

test('a host may stay silent for ever where nobody set a time', () => {
  const state = rollout()
  expect(deadlineOf(state, state.members[0] as Member, T0 + minutes(9999))).toBeNull()
})

test('over at the very millisecond, and unknown while a pause goes on', () => {
  const state = withMember(rollout(), 'h1', { state: 'rebooting' })
  const deadline = deadlineOf(state, state.members[0] as Member, T0)
  expect(
    deadline && [isOverdue(deadline, T0 + minutes(15) - 1), isOverdue(deadline, T0 + minutes(15))],
  ).toEqual([false, true])
  expect(knownDue(state, deadline)).toBe(T0 + minutes(15))
  const paused = rollout({ rollout: { pauses: [pause(1, null)] } })
  expect(knownDue(paused, deadline)).toBeNull()
})
