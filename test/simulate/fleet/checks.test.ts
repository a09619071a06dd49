import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../../src/simulate/fleet/checks/index.ts'
import { nothingWhileIll } from '../../../src/simulate/fleet/checks/healthy.ts'
import { nobodyShutOut } from '../../../src/simulate/fleet/checks/let-in.ts'
import { locksAreLeases } from '../../../src/simulate/fleet/checks/locks.ts'
import { goesAsItMay } from '../../../src/simulate/fleet/checks/modes.ts'
import { nothingInQuarantine } from '../../../src/simulate/fleet/checks/quarantine.ts'
import { timelinesAgree } from '../../../src/simulate/fleet/checks/timelines.ts'
import { insideWindows, isOpen } from '../../../src/simulate/fleet/checks/calendar.ts'
import { allEnded } from '../../../src/simulate/fleet/checks/ended.ts'
import { onFreshMaps } from '../../../src/simulate/fleet/checks/fresh-map.ts'
import { awayWithinLimits, leasesWithinSlots } from '../../../src/simulate/fleet/checks/holders.ts'
import { onceForEachGrant } from '../../../src/simulate/fleet/checks/once.ts'
import { nothingWhileStopped } from '../../../src/simulate/fleet/checks/stopped.ts'
import { trueOutcomes } from '../../../src/simulate/fleet/checks/truth.ts'
import { wavesInOrder } from '../../../src/simulate/fleet/checks/waves.ts'
import type { Check, History, Seen } from '../../../src/simulate/fleet/history.ts'
import {
  ASKED,
  audited,
  changed,
  landing,
  MINUTE,
  NOON,
  soundHistory,
  withAudit,
  withMember,
  withoutSeen,
  withSeen,
  withTold,
} from './sound-history.ts'

const sound = soundHistory()
const wentElsewhere = withMember(changed(sound, 'booted', 'a', { came: 'elsewhere' }), 'a', {
  ...{ state: 'rolled-back', fallback: 'boot_1' },
})
const at = (minute: number): number => NOON + minute * MINUTE
/** The boot that the plan made was over before anybody had seen it. */
const wentDark = withAudit(
  withSeen(sound, { what: 'booted', at: at(4), host: 'a', plan: null, came: 'cold', bootId: 'dark-a' }),
  audited(4, 'plan.cold-booted', 'plan_a'),
)
const lease = (fence: number) => ({ pool: 'fleet', fence, rollout: 'roll_1' })
const asking = (to: Partial<typeof ASKED>): History => ({ ...sound, asked: [{ ...ASKED, ...to }] })
const commanded = (minute: number, command: string, host: string | null = null, status = 200) => ({
  ...{ what: 'commanded' as const, at: at(minute), rollout: 'roll_1', command, host, status },
})
const copied = (minute: number, status = 409): Seen => ({ what: 'copied', at: at(minute), host: 'a', status })
const without = (history: History, action: string): History => ({
  ...history,
  audit: history.audit.filter((a) => a.action !== action),
})
const ill = (from: number, until: number): History => ({
  ...sound,
  illnesses: [{ from: at(from), until: at(until), is: 'ill' }],
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
    withSeen(sound, { what: 'jumped', at: at(5), host: 'a', plan: 'plan_a', by: 'kexec' }),
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
    'skipped, for it was in quarantine when the rollout ended',
    trueOutcomes,
    withMember(
      withAudit(sound, audited(10, 'host.quarantine', 'host_a'), audited(21, 'host.release', 'host_a')),
      'a',
      { state: 'skipped', since: at(20) },
    ),
    null,
  ],
  [
    'skipped after it was released',
    trueOutcomes,
    withMember(
      withAudit(sound, audited(10, 'host.quarantine', 'host_a'), audited(20, 'host.release', 'host_a')),
      'a',
      { state: 'skipped', since: at(20) },
    ),
    /nobody has taken/,
  ],
  [
    'cancelled by nobody',
    trueOutcomes,
    withMember(sound, 'a', { state: 'cancelled' }),
    /nobody has cancelled/,
  ],
  ['still on its way: no outcome yet', trueOutcomes, withMember(sound, 'a', { state: 'rebooting' }), null],
  [
    'a grant before anybody has approved',
    nothingWhileStopped,
    without(sound, 'rollout.approve'),
    /not approved/,
  ],
  [
    'a grant that only the author has approved',
    nothingWhileStopped,
    withAudit(without(sound, 'rollout.approve'), audited(-1, 'rollout.approve', 'roll_1', {}, 'author')),
    /not approved/,
  ],
  [
    'one approval of two',
    nothingWhileStopped,
    withAudit(asking({ approvals: 2 }), audited(-1, 'rollout.approve', 'roll_1', {}, 'approver')),
    /not approved/,
  ],
  ['no approval asked for', nothingWhileStopped, without(asking({ approvals: 0 }), 'rollout.approve'), null],
  [
    'a grant while the fleet is paused',
    nothingWhileStopped,
    withSeen(sound, { ...commanded(9, 'pause'), rollout: 'fleet' }),
    /b was handed plan_b while/,
  ],
  [
    'a grant after that',
    nothingWhileStopped,
    withAudit(
      withSeen(sound, { ...commanded(8, 'pause'), rollout: 'fleet' }),
      audited(9, 'pause.end', 'fleet'),
    ),
    null,
  ],
  ['a grant as the last good result ends', nothingWhileIll, ill(8, 20), /granted a reboot/],
  [
    'a grant to a host that goes back',
    nothingWhileIll,
    withTold(withMember(ill(8, 11), 'b', { fallback: 'boot_1' }), 'b', (told) => [
      { at: at(9), kind: 'rollout-fall-back', plan: null },
      ...told,
    ]),
    null,
  ],
  [
    'a grant to a host that goes back later',
    nothingWhileIll,
    withTold(withMember(ill(8, 11), 'b', { fallback: 'boot_1' }), 'b', (told) => [
      ...told,
      { at: at(13), kind: 'rollout-fall-back', plan: null },
    ]),
    /b was granted a reboot/,
  ],
  ['a grant a moment before', nothingWhileIll, ill(9.1, 20), null],
  ['a grant as all is well again', nothingWhileIll, ill(2, 10), null],
  [
    'a grant to a host that has a copy',
    nothingInQuarantine,
    withAudit(withSeen(sound, copied(-0.5)), audited(-0.5, 'host.quarantine', 'host_a')),
    /in quarantine/,
  ],
  [
    'and that was released',
    nothingInQuarantine,
    withAudit(
      withSeen(sound, copied(-2)),
      ...[audited(-2, 'host.quarantine', 'host_a'), audited(-1, 'host.release', 'host_a')],
    ),
    null,
  ],
  ['a copy that nobody minded', nothingInQuarantine, withSeen(sound, copied(30)), /left alone/],
  [
    'a copy that was taken in',
    nothingInQuarantine,
    withAudit(withSeen(sound, copied(30, 201)), audited(30, 'host.quarantine', 'host_a')),
    /answered 201/,
  ],
  ['a copy of what is gone', nothingInQuarantine, withSeen(sound, copied(30, 404)), null],
  [
    'shut out for good',
    nobodyShutOut,
    withSeen(sound, { what: 'shut-out', at: at(30), host: 'a' }),
    /a is shut out/,
  ],
  [
    'and let in again',
    nobodyShutOut,
    withSeen(sound, { what: 'shut-out', at: at(30), host: 'a' }, { what: 'let-in', at: at(31), host: 'a' }),
    null,
  ],
  [
    'a host that was deleted',
    nobodyShutOut,
    withSeen(sound, { what: 'deleted', at: at(30), host: 'a' }, { what: 'shut-out', at: at(31), host: 'a' }),
    null,
  ],
  [
    'a lock without a lease',
    locksAreLeases,
    { ...sound, audit: sound.audit.filter((a) => a.target !== 'locker') },
    /holds no lease/,
  ],
  [
    'a lock that was taken away',
    locksAreLeases,
    withAudit(sound, audited(22, 'lease.release', 'locker', lease(4))),
    /lost its lock/,
  ],
  [
    'a lock that ran out in time',
    locksAreLeases,
    withAudit(
      {
        ...asking({ ttlMs: 2 * MINUTE }),
        seen: sound.seen.filter((s) => s.what !== 'lock' || s.call === 'pre-reboot'),
      },
      audited(22, 'lease.lapse', 'locker', lease(4)),
    ),
    null,
  ],
  [
    'sent by kexec, though its model is denied it',
    goesAsItMay,
    { ...sound, denied: new Set(['a']) },
    /sent by kexec/,
  ],
  [
    'sent through firmware, though it need not',
    goesAsItMay,
    changed(sound, 'handed-out', 'a', { mode: 'cold' }),
    /sent by cold/,
  ],
  [
    'sent by kexec, gone through firmware',
    goesAsItMay,
    changed(sound, 'jumped', 'a', { by: 'firmware' }),
    /went by firmware/,
  ],
  [
    'a timeline out of order',
    timelinesAgree,
    withTold(sound, 'a', (told) => told.toReversed()),
    /out of order/,
  ],
  [
    'a jump of which it does not tell',
    timelinesAgree,
    withTold(sound, 'a', (told) => told.filter((t) => t.kind !== 'plan-executing')),
    /nothing is told/,
  ],
  [
    'a jump before it was told',
    timelinesAgree,
    withTold(sound, 'a', (told) => told.map((t) => (t.kind === 'plan-executing' ? { ...t, at: at(1) } : t))),
    /told at/,
  ],
  [
    'a start without a grant',
    timelinesAgree,
    withTold(sound, 'a', (told) => told.filter((t) => t.kind !== 'rollout-grant')),
    /without a grant/,
  ],
  [
    'another end than where it stands',
    timelinesAgree,
    withTold(sound, 'a', (told) => told.filter((t) => t.kind !== 'rollout-land')),
    /is landed in roll_1/,
  ],
  [
    'went back, and said so',
    trueOutcomes,
    withMember(sound, 'a', { state: 'rolled-back', fallback: 'boot_1' }),
    null,
  ],
  [
    'went back, to another place in memory',
    trueOutcomes,
    withTold(wentElsewhere, 'a', (told) => [{ at: at(0), kind: 'rollout-fall-back', plan: null }, ...told]),
    null,
  ],
  ['came up elsewhere, and is said to be back', trueOutcomes, wentElsewhere, /came up elsewhere/],
  [
    'said to be back, and never came up',
    trueOutcomes,
    withMember(withoutSeen(sound, 'booted', 'a'), 'a', { state: 'rolled-back', fallback: 'boot_1' }),
    /never came up/,
  ],
  [
    'is back, and said to have failed to',
    trueOutcomes,
    withMember(sound, 'a', { state: 'failed', fallback: 'boot_1' }),
    /back where it was/,
  ],
  [
    'was back, and its power failed before it could say so',
    trueOutcomes,
    withMember(wentDark, 'a', { state: 'failed', fallback: 'boot_1' }),
    null,
  ],
  [
    'through firmware as it was meant to',
    trueOutcomes,
    withMember(sound, 'a', { state: 'cold-booted', mode: 'cold' }),
    null,
  ],
  ['landed, through firmware', trueOutcomes, withMember(sound, 'a', { mode: 'cold' }), /through firmware/],
  [
    'through firmware, and where it was meant to',
    trueOutcomes,
    withMember(sound, 'a', { state: 'landed-elsewhere', mode: 'cold' }),
    /as-planned/,
  ],
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
