import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../src/simulate/fleet/checks/index.ts'
import { insideWindows, isOpen } from '../../src/simulate/fleet/checks/calendar.ts'
import { allEnded } from '../../src/simulate/fleet/checks/ended.ts'
import { onFreshMaps } from '../../src/simulate/fleet/checks/fresh-map.ts'
import { awayWithinLimits, leasesWithinSlots } from '../../src/simulate/fleet/checks/holders.ts'
import { onceForEachGrant } from '../../src/simulate/fleet/checks/once.ts'
import { nothingWhileStopped } from '../../src/simulate/fleet/checks/stopped.ts'
import { trueOutcomes } from '../../src/simulate/fleet/checks/truth.ts'
import { wavesInOrder } from '../../src/simulate/fleet/checks/waves.ts'
import type { AuditLine, Check, History, Seen } from '../../src/simulate/fleet/history.ts'
import {
  ASKED,
  changed,
  landing,
  MINUTE,
  NOON,
  soundHistory,
  withAudit,
  withMember,
  withoutSeen,
  withSeen,
} from './fleet-history.ts'

const sound = soundHistory()
const at = (minute: number): number => NOON + minute * MINUTE
const lease = (fence: number) => ({ pool: 'fleet', fence, rollout: 'roll_1' })
const asking = (to: Partial<typeof ASKED>): History => ({ ...sound, asked: [{ ...ASKED, ...to }] })
const commanded = (minute: number, command: string, host: string | null = null, status = 200): Seen => ({
  ...{ what: 'commanded', at: at(minute), rollout: 'roll_1', command, host, status },
})
const audited = (minute: number, action: string, target: string, detail = {}): AuditLine => ({
  ...{ at: at(minute), action, target, detail },
})

describe('a history in which nothing is wrong', () => {
  test.each(Object.entries(CHECKS))('%s: looked at, and no violation', (_name, check) => {
    const { looked, violations } = check(sound)
    expect(violations).toEqual([])
    expect(looked).toBeGreaterThan(0)
  })
})

test.each<[why: string, check: Check, history: History, wrong: RegExp | null]>([
  ['one slot for two holders', leasesWithinSlots, asking({ slots: 1 }), /holder 2 of 1/],
  ['a lease that has run out holds nothing', leasesWithinSlots, asking({ slots: 1, ttlMs: MINUTE }), null],
  [
    'a lease that runs out a moment later does',
    leasesWithinSlots,
    asking({ slots: 1, ttlMs: MINUTE + 1 }),
    /2 of 1/,
  ],
  [
    'a lease that was renewed is held',
    leasesWithinSlots,
    withAudit(asking({ slots: 1, ttlMs: MINUTE }), audited(10.5, 'lease.renew', 'b', lease(2))),
    /holder 2 of 1/,
  ],
  ['two away where one may be', awayWithinLimits, asking({ maxUnavailable: 1 }), /c is away as 2 of 1/],
  [
    'two of one rack',
    awayWithinLimits,
    withMember(withMember(sound, 'b', { domain: 'r1' }), 'c', { domain: 'r1' }),
    /c is away as 2 of 1 in r1/,
  ],
  [
    'a host that never came back keeps its place',
    awayWithinLimits,
    withoutSeen(sound, 'booted', 'a'),
    /c is away as 3 of 2/,
  ],
  [
    'until it is taken out',
    awayWithinLimits,
    withSeen(withoutSeen(sound, 'booted', 'a'), commanded(9, 'skip-host', 'a')),
    null,
  ],
  [
    'or deleted',
    awayWithinLimits,
    withSeen(withoutSeen(sound, 'booted', 'a'), { what: 'deleted', at: at(9), host: 'a' }),
    null,
  ],
  [
    'a jump in the last minute of a window',
    insideWindows,
    changed(sound, 'jumped', 'a', { at: at(60) - 1 }),
    null,
  ],
  [
    'a jump as the window closes',
    insideWindows,
    changed(sound, 'jumped', 'a', { at: at(60) }),
    /jumped outside/,
  ],
  [
    'a jump as a freeze begins',
    insideWindows,
    changed(sound, 'jumped', 'a', { at: at(50) }),
    /jumped in a freeze/,
  ],
  ['a jump as a freeze ends', insideWindows, changed(sound, 'jumped', 'a', { at: at(55) }), null],
  [
    'a grant in a freeze',
    insideWindows,
    changed(sound, 'handed-out', 'a', { at: at(51) }),
    /handed its plan in/,
  ],
  [
    'two jumps for one grant',
    onceForEachGrant,
    withSeen(sound, { what: 'jumped', at: at(5), host: 'a', plan: 'plan_a' }),
    /as a had/,
  ],
  ['one grant for two hosts', onceForEachGrant, changed(sound, 'handed-out', 'c', { fence: 2 }), /as b had/],
  ['a jump without a plan', onceForEachGrant, changed(sound, 'jumped', 'a', { plan: null }), /not handed/],
  [
    "a jump with somebody else's plan",
    onceForEachGrant,
    changed(sound, 'jumped', 'a', { plan: 'plan_b' }),
    /not handed/,
  ],
  ['a jump of which nobody knew', onceForEachGrant, withoutSeen(sound, 'reported', 'a'), /had agreed/],
  [
    'a jump that was refused',
    onceForEachGrant,
    changed(sound, 'reported', 'a', { status: 409 }),
    /had agreed/,
  ],
  [
    'a jump that was only loaded',
    onceForEachGrant,
    changed(sound, 'reported', 'a', { phase: 'loaded' }),
    /had agreed/,
  ],
  [
    'a jump before the answer',
    onceForEachGrant,
    changed(sound, 'reported', 'a', { at: at(1) }),
    /had agreed/,
  ],
  [
    'one plan handed to two hosts',
    onceForEachGrant,
    changed(sound, 'handed-out', 'c', { plan: 'plan_b' }),
    /was handed to b/,
  ],
  ['a load in another boot', onFreshMaps, changed(sound, 'loaded', 'a', { bootId: 'new-a' }), /in new-a/],
  [
    'a load over other memory',
    onFreshMaps,
    changed(sound, 'loaded', 'a', { memory: 'other' }),
    /other memory/,
  ],
  [
    'a load of nothing that was handed out',
    onFreshMaps,
    changed(sound, 'loaded', 'a', { plan: 'plan_x' }),
    /nobody/,
  ],
  [
    'a grant in a pause',
    nothingWhileStopped,
    withSeen(sound, commanded(9, 'pause')),
    /b was handed plan_b while/,
  ],
  [
    'a grant after a pause',
    nothingWhileStopped,
    withAudit(withSeen(sound, commanded(8, 'pause')), audited(9, 'rollout.resume', 'roll_1')),
    null,
  ],
  ['a pause that was refused', nothingWhileStopped, withSeen(sound, commanded(9, 'pause', null, 409)), null],
  [
    'a start under the brake',
    nothingWhileStopped,
    withAudit(
      { ...sound, audit: sound.audit.map((a) => (a.action === 'plan.executing' ? { ...a, at: at(13) } : a)) },
      audited(12, 'rollout.halt', 'roll_1'),
    ),
    /plan_b was let start while roll_1 was halted/,
  ],
  [
    'a lease after the end',
    nothingWhileStopped,
    withAudit(sound, audited(9, 'rollout.finish', 'roll_1')),
    /given a lease/,
  ],
  [
    'a grant after it was cancelled',
    nothingWhileStopped,
    withAudit(sound, audited(9, 'rollout.cancel', 'roll_1')),
    /cancelled/,
  ],
  [
    'another rollout may go on',
    nothingWhileStopped,
    withAudit(sound, audited(9, 'rollout.halt', 'roll_2')),
    null,
  ],
  [
    'a wave before the one before it has landed',
    wavesInOrder,
    changed(sound, 'handed-out', 'b', { at: at(2) }),
    /wave 1 soaks/,
  ],
  [
    'a wave a moment before the soak is over',
    wavesInOrder,
    changed(sound, 'handed-out', 'b', { at: at(8) - 1 }),
    /soaks/,
  ],
  ['a wave as the soak is over', wavesInOrder, changed(sound, 'handed-out', 'b', { at: at(8) }), null],
  [
    'said to have landed, came up cold',
    trueOutcomes,
    changed(sound, 'booted', 'a', { came: 'cold' }),
    /came up cold/,
  ],
  [
    'said to have landed, came up elsewhere',
    trueOutcomes,
    changed(sound, 'booted', 'a', { came: 'elsewhere' }),
    /elsewhere/,
  ],
  ['said to have landed, never came up', trueOutcomes, withoutSeen(sound, 'booted', 'a'), /never came up/],
  [
    'landed, and said to be elsewhere',
    trueOutcomes,
    withMember(sound, 'a', { state: 'landed-elsewhere' }),
    /as-planned/,
  ],
  [
    'landed, and said to be cold',
    trueOutcomes,
    withMember(sound, 'a', { state: 'cold-booted' }),
    /as-planned/,
  ],
  [
    'landed, and said to have failed',
    trueOutcomes,
    withMember(sound, 'a', { state: 'failed' }),
    /kernel jumped/,
  ],
  [
    'landed, and said to be missing',
    trueOutcomes,
    withMember(sound, 'a', { state: 'missing' }),
    /is up since/,
  ],
  [
    'missing, and never to come back',
    trueOutcomes,
    withMember(
      withSeen(withoutSeen(sound, 'booted', 'a'), { what: 'lost', at: at(1), host: 'a', plan: 'plan_a' }),
      'a',
      { state: 'missing' },
    ),
    null,
  ],
  ['skipped by nobody', trueOutcomes, withMember(sound, 'a', { state: 'skipped' }), /nobody has taken/],
  [
    'skipped by an operator',
    trueOutcomes,
    withMember(withSeen(sound, commanded(20, 'skip-host', 'a')), 'a', { state: 'skipped' }),
    null,
  ],
  [
    'cancelled by nobody',
    trueOutcomes,
    withMember(sound, 'a', { state: 'cancelled' }),
    /nobody has cancelled/,
  ],
  ['still on its way: no outcome yet', trueOutcomes, withMember(sound, 'a', { state: 'rebooting' }), null],
  ['a host that waits for ever', allEnded, withMember(sound, 'a', { state: 'waiting' }), /a is waiting/],
  [
    'a rollout that never ends',
    allEnded,
    { ...sound, rollouts: [{ rollout: 'roll_1', state: 'halted' }] },
    /halted/,
  ],
])('%s', (_why, check, history, wrong) => {
  const { violations } = check(history)
  if (wrong === null) expect(violations).toEqual([])
  else expect(violations.join('\n')).toMatch(wrong)
})

test('two jumps at once of one grant are found whatever order they are in', () => {
  const twice = landing('d', 10, 2)
  const history = withSeen(sound, ...twice.seen)
  expect(onceForEachGrant(history).violations.length).toBeGreaterThan(0)
})

describe('the clock on the wall', () => {
  const night = { days: ['sun'] as const, start: '02:30', durationMinutes: 30, zone: 'Europe/Berlin' }
  test.each<[why: string, at: string, open: boolean]>([
    ['put forward: 02:30 is skipped, it opens at 03:00', '2026-03-29T01:00:00Z', true],
    ['put forward: a moment before', '2026-03-29T00:59:59Z', false],
    ['put forward: half an hour is half an hour', '2026-03-29T01:29:59Z', true],
    ['put forward: closed then', '2026-03-29T01:30:00Z', false],
    ['put back: the first 02:30', '2026-10-25T00:30:00Z', true],
    ['put back: closed after half an hour', '2026-10-25T01:00:00Z', false],
    ['put back: the second 02:30 opens nothing', '2026-10-25T01:30:00Z', false],
    ['another day', '2026-10-26T01:30:00Z', false],
  ])('%s', (_why, when, open) => {
    expect(isOpen(night, Date.parse(when))).toBe(open)
  })
})
