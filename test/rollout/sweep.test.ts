import { describe, expect, test } from 'vitest'
import { explain } from '../../src/rollout/explain.ts'
import type { Lease } from '../../src/rollout/lease.ts'
import { stateOf, type Member, type Rollout } from '../../src/rollout/rollout.ts'
import { sweep } from '../../src/rollout/sweep.ts'
import { after, minutes, rollout, stateOfHost, SPEC, T0, withMember, words } from './world.ts'

const paused: Partial<Rollout> = { pauses: [{ from: T0, until: null, by: 'night-shift' }] }
const halted: Partial<Rollout> = { halt: { at: T0, cause: 'operator', hosts: [], sentence: 'smoke' } }
const lease: Lease = {
  ...{ pool: 'default', fence: 1, holder: 'h1', rollout: 'roll_1' },
  ...{ grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
}
const retry = { attempts: { most: 2, backoffMs: minutes(2), mostBackoffMs: minutes(60) } }

describe('what is due for a host', () => {
  test.each<[why: string, world: Partial<Rollout>, member: Partial<Member>, minute: number, want: string[]]>([
    ['back in time', {}, { state: 'rebooting', fence: 1 }, 14.9, []],
    ['not back in time', {}, { state: 'rebooting', fence: 1 }, 15, ['member lose h1']],
    ['not back, in a pause: time stands still', paused, { state: 'rebooting', fence: 1 }, 999, []],
    ['not back, under the brake', halted, { state: 'rebooting', fence: 1 }, 15, ['member lose h1']],
    [
      'not back, and the rollout was cancelled',
      { phase: 'cancelled' },
      { state: 'rebooting', fence: 1 },
      15,
      ['member lose h1'],
    ],
    ['granted and silent', {}, { state: 'granted', fence: 1 }, 20, ['member lose h1']],
    ['granted and heard of', {}, { state: 'granted', fence: 1, heardAt: T0 + minutes(1) }, 20, []],
    ['failed, too early for another try', {}, { state: 'failed', fence: 1, failures: 1 }, 1.9, []],
    ['failed, time for another try', {}, { state: 'failed', fence: 1, failures: 1 }, 2, ['member retry h1']],
    ['failed for the last time', {}, { state: 'failed', fence: 1, failures: 2 }, 999, []],
    ['no other try in a pause', paused, { state: 'failed', fence: 1, failures: 1 }, 2, []],
    ['no other try under the brake', halted, { state: 'failed', fence: 1, failures: 1 }, 2, []],
  ])('%s', (_why, row, member, minute, want) => {
    const spec = { ...retry, deadlines: { ...SPEC.deadlines, grantedMs: minutes(20) } }
    const long = { policy: { slots: 5, ttlMs: minutes(9999) }, leases: [lease] }
    const state = withMember(rollout({ spec, rollout: row, pool: long }), 'h1', member)
    expect(words(sweep(state, T0 + minutes(minute)))).toEqual(want)
  })

  test('a grant ends with its lease; a jump does not, and the missing keep theirs until it lapses', () => {
    const pool = { leases: [lease] }
    const granted = withMember(rollout({ pool }), 'h1', {
      state: 'granted',
      fence: 1,
      heardAt: T0 + minutes(59),
    })
    expect(words(sweep(granted, T0 + minutes(60)))).toEqual(['lease lapse h1', 'member lapse h1'])
    const away = withMember(rollout({ pool }), 'h1', {
      state: 'rebooting',
      fence: 1,
      since: T0 + minutes(50),
    })
    expect(words(sweep(away, T0 + minutes(60)))).toEqual(['lease lapse h1'])
    const gone = withMember(rollout({ pool }), 'h1', { state: 'rebooting', fence: 1 })
    expect(words(sweep(gone, T0 + minutes(59)))).toEqual(['member lose h1'])
  })

  test('a forced release takes the grant with it', () => {
    const state = withMember(rollout(), 'h1', { state: 'granted', fence: 1 })
    expect(words(sweep(state, T0))).toEqual(['member lapse h1'])
  })
})

test('the wait for another try doubles, up to its limit', () => {
  const spec = { attempts: { most: 9, backoffMs: minutes(2), mostBackoffMs: minutes(10) } }
  const waits = [1, 2, 3, 4, 8].map((failures) => {
    const state = withMember(rollout({ spec }), 'h1', { state: 'failed', failures })
    const gate = explain(state, 'h1', T0).find((g) => g.gate === 'attempts')
    return ((gate?.nextCheck as number) - T0) / minutes(1)
  })
  expect(waits).toEqual([2, 4, 8, 10, 10])
})

describe('waves', () => {
  const spec = { waves: [{ count: 1 }, { count: 1 }] }
  const landed = (minute: number) => ({ state: 'landed', since: T0 + minutes(minute) }) as const
  const first = withMember(rollout({ spec }), 'h1', landed(5))

  test.each<[why: string, minute: number, row: Partial<Rollout>, want: string[]]>([
    ['a moment before it was watched long enough', 34.99, {}, []],
    ['watched long enough', 35, {}, ['rollout advance']],
    ['long after: one wave, the next has not settled', 9999, {}, ['rollout advance']],
    ['not in a pause', 35, paused, []],
    ['not under the brake', 35, halted, []],
  ])('%s', (_why, minute, row, want) => {
    const state = { ...first, rollout: { ...first.rollout, ...row } }
    expect(words(sweep(state, T0 + minutes(minute)))).toEqual(want)
  })

  test.each<[why: string, member: Partial<Member>, advances: boolean]>([
    ['on its way', { state: 'granted', fence: 1, heardAt: T0 + minutes(9999) }, false],
    ['to be tried again', { state: 'failed', failures: 1, since: T0 + minutes(9999) }, false],
    ['failed for good', { state: 'failed', failures: 2 }, true],
    ['missing: the brake is there to judge that', { state: 'missing' }, true],
    ['out by an operator', { state: 'skipped' }, true],
    ['not heard of', { state: 'waiting' }, false],
    ['opted out', { state: 'waiting', optedOut: { since: T0, because: 'db' } }, true],
    [
      'opted out only now: watched from then on',
      { state: 'waiting', optedOut: { since: T0 + minutes(40), because: 'db' } },
      false,
    ],
    ['in quarantine', { state: 'waiting', quarantined: { since: T0, because: 'cloned' } }, true],
  ])('a wave with a host %s', (_why, member, advances) => {
    const pool = { policy: { slots: 5, ttlMs: minutes(99999) }, leases: [lease] }
    const state = withMember(rollout({ spec: { ...spec, ...retry }, pool }), 'h1', member)
    const open = after(state, sweep(state, T0 + minutes(60))).rollout.wave
    expect(open).toBe(advances ? 1 : 0)
  })

  test('waves of hosts that are kept out open one after the other, without a soak of none', () => {
    let state = rollout({ spec: { ...spec, soakMs: 0 } })
    for (const host of ['h1', 'h2', 'h3'])
      state = withMember(state, host, { optedOut: { since: T0, because: 'db' } })
    const changes = sweep(state, T0)
    expect(words(changes)).toEqual([
      ...['rollout advance', 'rollout advance', 'rollout finish'],
      ...['member skip h1', 'member skip h2', 'member skip h3'],
    ])
  })

  test('the last wave ends it, without a soak', () => {
    const state = ['h1', 'h2', 'h3'].reduce((s, h) => withMember(s, h, landed(5)), rollout())
    expect(words(sweep(state, T0 + minutes(5)))).toEqual(['rollout finish'])
    expect(stateOf(after(state, sweep(state, T0 + minutes(5))).rollout)).toBe('done')
  })

  test('a rollout of nobody is done at once', () => {
    expect(words(sweep(rollout({ hosts: [] }), T0))).toEqual(['rollout finish'])
  })
})

describe('the brake', () => {
  const halt = { ...SPEC.halt, missing: { count: 1 } }

  test('comes before the next wave and before the finish', () => {
    const state = withMember(rollout({ spec: { halt }, hosts: ['h1'] }), 'h1', { state: 'rebooting' })
    const changes = sweep(state, T0 + minutes(15))
    expect(words(changes)).toEqual(['member lose h1', 'rollout halt'])
    expect(after(state, changes).rollout.halt).toEqual({
      at: T0 + minutes(15),
      cause: 'missing',
      hosts: ['h1'],
      sentence: '1 of 1 hosts went missing, and 1 halt the rollout: h1',
    })
  })

  test('is not pulled in a pause; it is as soon as that ends', () => {
    const state = withMember(rollout({ spec: { halt }, rollout: paused }), 'h1', {
      state: 'missing',
      outcome: 'missing',
    })
    expect(sweep(state, T0)).toEqual([])
    const resumed = { ...state, rollout: { ...state.rollout, pauses: [] } }
    expect(words(sweep(resumed, T0))).toEqual(['rollout halt'])
  })
})

test('sweeping twice at one time changes nothing more', () => {
  const spec = { waves: [{ count: 1 }], ...retry }
  const state = withMember(rollout({ spec }), 'h1', { state: 'failed', failures: 1 })
  const once = after(state, sweep(state, T0 + minutes(500)))
  expect(stateOfHost(once, 'h1')).toBe('waiting')
  expect(sweep(once, T0 + minutes(500))).toEqual([])
})
