import { expect, test } from 'vitest'
import { decide } from '../../src/rollout/decide.ts'
import { allPass, explain, nextCheckOf } from '../../src/rollout/explain.ts'
import { GATES } from '../../src/rollout/gate.ts'
import type { Lease } from '../../src/rollout/lease.ts'
import type { Member, StandingPause } from '../../src/rollout/rollout.ts'
import type { HealthGate } from '../../src/rollout/spec.ts'
import { WEEKDAYS, type Window } from '../../src/rollout/window.ts'
import { minutes, rollout, T0, withMember, type Wanted } from './world.ts'

const NOW = T0 + minutes(10)
const night: Window = { zone: 'UTC', start: '22:00', durationMinutes: 60, days: WEEKDAYS }
const errors: HealthGate = {
  id: 'errors',
  kind: 'http',
  scope: 'rollout',
  validMs: minutes(5),
  onFail: 'wait',
}
const passed = {
  gate: 'errors',
  host: null,
  verdict: 'pass',
  at: NOW - minutes(1),
  detail: '0 of 1000',
} as const
const hold = { since: T0 + minutes(3), because: 'two machines claim it' }
const held = (holder: string, fence: number, rollout: string | null = 'roll_1'): Lease => ({
  ...{ pool: 'default', fence, holder, rollout, grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
})

const standing = (scope: string, from: number, until: number | null): StandingPause => ({
  ...{ scope, from, until, by: 'lead', because: 'a sale' },
})

/** One gate in the way: of which it is, what it says, since when, and when it is worth asking again. */
const ALONE: [
  why: string,
  world: Wanted,
  member: Partial<Member>,
  gate: string,
  verdict: string,
  sentence: string,
  since: number | null,
  next: number | null,
][] = [
  [
    'landed',
    {},
    { state: 'landed', because: 'it did' },
    'member',
    'fail',
    'nothing is to be done: landed (it did)',
    T0,
    null,
  ],
  [
    'gone',
    {},
    { state: 'missing', fence: 1, boot: 'b0', because: 'silent' },
    'member',
    'fail',
    'it is missing: silent',
    T0,
    null,
  ],
  [
    'on its way',
    {},
    { state: 'rebooting' },
    'member',
    'wait',
    'it is rebooting by kexec; what came of it is judged by its next boot',
    T0,
    T0 + minutes(15),
  ],
  [
    'quarantined',
    {},
    { quarantined: hold },
    'quarantine',
    'fail',
    'the host is in quarantine: two machines claim it',
    T0 + minutes(3),
    null,
  ],
  [
    'opted out',
    {},
    { optedOut: { ...hold, because: 'database' } },
    'opt-out',
    'fail',
    'the host is opted out: database',
    T0 + minutes(3),
    null,
  ],
  [
    'its group is paused',
    {},
    { pauses: [standing('group:web', T0 + minutes(4), null), standing('fleet', T0, NOW)] },
    'standing-pause',
    'fail',
    'group web is paused by lead: a sale',
    T0 + minutes(4),
    null,
  ],
  [
    'the fleet is paused, for a while yet',
    {},
    { pauses: [standing('fleet', T0, NOW + 1)] },
    'standing-pause',
    'wait',
    'the fleet is paused by lead: a sale',
    T0,
    NOW + 1,
  ],
  [
    'its kernel takes no load',
    {},
    { preflight: { since: T0 + minutes(2), because: 'lockdown integrity forbids kexec_load' } },
    'preflight',
    'fail',
    'its kernel would refuse the load: lockdown integrity forbids kexec_load',
    T0 + minutes(2),
    null,
  ],
  [
    'cancelled',
    { rollout: { phase: 'cancelled' } },
    {},
    'started',
    'fail',
    'the rollout is cancelled',
    T0,
    null,
  ],
  [
    'paused',
    { rollout: { pauses: [{ from: T0, until: null, by: 'night-shift' }] } },
    {},
    'paused',
    'fail',
    'paused by night-shift',
    T0,
    null,
  ],
  [
    'halted',
    { rollout: { halt: { at: T0, cause: 'missing', hosts: [], sentence: '2 are missing' } } },
    {},
    'halted',
    'fail',
    '2 are missing',
    T0,
    null,
  ],
  [
    'frozen',
    { spec: { freezes: [{ from: T0, until: T0 + minutes(20), because: 'sale' }] } },
    {},
    'freeze',
    'wait',
    'frozen: sale',
    T0,
    T0 + minutes(20),
  ],
  [
    'no window',
    { spec: { windows: [night] } },
    {},
    'window',
    'wait',
    'no window is open',
    T0 - minutes(13 * 60),
    T0 + minutes(600),
  ],
  [
    'after a failure',
    { spec: { attempts: { most: 2, backoffMs: minutes(30), mostBackoffMs: minutes(30) } } },
    { state: 'failed', failures: 1, because: 'no hole' },
    'attempts',
    'wait',
    'attempt 1 of 2 failed: no hole',
    T0,
    T0 + minutes(30),
  ],
  [
    'after the last failure',
    {},
    { state: 'failed', failures: 1, because: 'no hole' },
    'attempts',
    'fail',
    'attempt 1 of 1 failed: no hole',
    T0,
    null,
  ],
  ['no result', { spec: { health: [errors] } }, {}, 'health', 'wait', 'errors: no result yet', null, NOW],
  [
    'unwell',
    { spec: { health: [errors] }, results: [{ ...passed, verdict: 'fail' }] },
    {},
    'health',
    'fail',
    'errors: 0 of 1000',
    NOW - minutes(1),
    NOW + minutes(4),
  ],
  [
    'held for another purpose',
    { pool: { leases: [held('h1', 1, null)] } },
    {},
    'lease',
    'wait',
    'the host holds a lease already, outside any rollout',
    T0,
    T0 + minutes(60),
  ],
  [
    'held for another rollout',
    { pool: { leases: [held('h1', 1, 'roll_2')] } },
    {},
    'lease',
    'wait',
    'the host holds a lease already, in roll_2',
    T0,
    T0 + minutes(60),
  ],
  [
    'full',
    { pool: { policy: { slots: 1, ttlMs: minutes(60) }, leases: [held('x', 1, null)] } },
    {},
    'lease',
    'wait',
    'all 1 leases of default are held: x',
    T0,
    T0 + minutes(60),
  ],
  [
    'shut',
    { pool: { policy: { slots: 0, ttlMs: minutes(60) } } },
    {},
    'lease',
    'fail',
    'the pool default gives out no leases',
    null,
    null,
  ],
  [
    'too many away',
    { others: [{ host: 'x', domain: null, since: T0 - 1, because: 'does not answer' }] },
    {},
    'max-unavailable',
    'wait',
    '1 of at most 1 hosts are away: x (does not answer)',
    T0 - 1,
    null,
  ],
  [
    'wrong rack',
    {
      spec: { maxUnavailable: { count: 3 }, failureDomain: { label: 'rack', perDomain: null } },
      hosts: ['h1/r1', 'h2/r2'],
      others: [{ host: 'x', domain: 'r2', since: T0 - 1, because: 'down' }],
    },
    {},
    'failure-domain',
    'wait',
    'its rack is r1, and hosts elsewhere are away: x (down)',
    T0 - 1,
    null,
  ],
]

test.each(ALONE)('%s', (_why, world, member, gate, verdict, sentence, since, next) => {
  const state = withMember(rollout(world), 'h1', member)
  const gates = explain(state, 'h1', NOW)
  const against = gates.filter((g) => g.verdict !== 'pass')
  expect(against.map((g) => [g.gate, g.verdict, g.sentence, g.since, g.nextCheck])).toEqual([
    [gate, verdict, sentence, since, next],
  ])
  expect(decide(state, 'h1', NOW).decision).toEqual({ verdict: 'wait', gates, nextCheck: next })
})

test('all gates are told, always and in order', () => {
  const state = rollout({ spec: { health: [errors, { ...errors, id: 'kdump', kind: 'kdump' }] } })
  const names = explain(state, 'h1', NOW).map((g) => (g.id === null ? g.gate : `${g.gate} ${g.id}`))
  expect(names).toEqual(GATES.flatMap((g) => (g === 'health' ? ['health errors', 'health kdump'] : [g])))
})

test('a rollout that has not started', () => {
  const draft = rollout({ rollout: { phase: 'draft', waveSince: null } })
  const against = (state: typeof draft) =>
    explain(state, 'h1', NOW).flatMap((g) => (g.verdict === 'pass' ? [] : `${g.gate}: ${g.sentence}`))
  expect(against(draft)).toEqual(['started: the rollout is a draft', 'wave: no wave is open yet'])
  const waiting = rollout({
    spec: { approvals: 2 },
    rollout: { phase: 'awaiting-approval', waveSince: null, approvals: [{ by: 'lead', at: T0 }] },
  })
  expect(against(waiting)).toEqual(['approval: 1 of 2 approvals', 'wave: no wave is open yet'])
})

test('waves: whose turn it is, and for whom it waits', () => {
  const spec = { waves: [{ count: 2 }, { count: 1 }] }
  const fresh = rollout({ spec, hosts: ['h1', 'h2', 'h3', 'h4'] })
  const of = (state: typeof fresh, host: string, now = NOW) =>
    explain(state, host, now)
      .filter((g) => g.gate === 'wave' || g.gate === 'soak')
      .map((g) => [g.verdict, g.sentence, g.nextCheck])
  expect(of(fresh, 'h1')).toEqual([
    ['pass', 'its wave, 1, is open', null],
    ['pass', 'the wave before it was watched long enough', null],
  ])
  expect(of(fresh, 'h3')).toEqual([
    ['wait', 'it goes in wave 2; wave 1 still waits for h1, h2', null],
    ['wait', 'wave 1 has to settle first', null],
  ])
  const settled = withMember(withMember(fresh, 'h1', { state: 'landed' }), 'h2', {
    state: 'landed',
    since: T0 + minutes(5),
  })
  expect(of(settled, 'h3')).toEqual([
    ['pass', 'it goes in wave 2, and all before it have settled', null],
    ['wait', 'wave 1 has settled and is being watched', T0 + minutes(35)],
  ])
  expect(of(settled, 'h4')[0]).toEqual(['wait', 'it goes in wave 3; wave 1 is open', null])
  expect(of(settled, 'h3', T0 + minutes(35))[0]).toEqual(['pass', 'its wave, 2, is open', null])
  const paused = { ...settled, rollout: { ...settled.rollout, pauses: [{ from: T0, until: null, by: 'x' }] } }
  expect(of(paused, 'h3', T0 + minutes(35))[1]).toEqual([
    'wait',
    'the next wave opens when the rollout goes on',
    null,
  ])
})

test('nothing passes for a host of nobody', () => {
  const gates = explain(rollout(), 'stranger', NOW)
  expect(gates.map((g) => [g.gate, g.verdict, g.sentence])).toEqual([
    ['member', 'fail', 'the host is not in this rollout'],
  ])
  expect(decide(rollout(), 'stranger', NOW)).toEqual({
    decision: { verdict: 'wait', gates, nextCheck: null },
    changes: [],
  })
})

test('asking again is worth it when the last of the clocks says so', () => {
  const freezes = [{ from: T0, until: T0 + minutes(20), because: 'sale' }]
  const state = rollout({ spec: { freezes, windows: [night] } })
  expect(nextCheckOf(explain(state, 'h1', NOW))).toBe(T0 + minutes(600))
  expect(allPass(explain(rollout(), 'h1', NOW))).toBe(true)
  expect(nextCheckOf(explain(rollout(), 'h1', NOW))).toBeNull()
})

test('a host that has jumped is due at no known time while its scope is paused', () => {
  const pauses = [standing('fleet', T0, NOW + minutes(30))]
  const state = withMember(rollout(), 'h1', { state: 'rebooting', pauses })
  expect(explain(state, 'h1', NOW)[0]).toMatchObject({ gate: 'member', nextCheck: null })
})

test('while a pause goes on nobody knows when a host is due', () => {
  const pauses = [{ from: T0, until: null, by: 'night-shift' }]
  const state = withMember(rollout({ rollout: { pauses } }), 'h1', { state: 'rebooting' })
  expect(explain(state, 'h1', NOW)[0]).toMatchObject({ gate: 'member', verdict: 'wait', nextCheck: null })
})
