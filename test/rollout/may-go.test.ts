import { expect, test } from 'vitest'
import { mayGo } from '../../src/rollout/may-go.ts'
import type { RolloutState } from '../../src/rollout/rollout.ts'
import type { HealthGate, HealthResult } from '../../src/rollout/spec.ts'
import { minutes, POOL, rollout, T0, withMember } from './world.ts'

const FOUR = ['h1/r1', 'h2/r1', 'h3/r2', 'h4/r2']
const four = (spec: object, more: object = {}): RolloutState =>
  rollout({ hosts: FOUR, spec: { maxUnavailable: { count: 4 }, ...spec }, ...more })
const gate: HealthGate = {
  ...{ id: 'load', kind: 'http', scope: 'rollout', validMs: minutes(5), onFail: 'wait' },
}
const result = (verdict: HealthResult['verdict'], minute: number): HealthResult => ({
  ...{ gate: 'load', host: null, verdict, at: T0 - minutes(minute), detail: '' },
})
const held = { since: T0, because: 'test' }

test.each<[why: string, state: RolloutState, want: string[], asking?: string[]]>([
  ['room for all', four({}), ['h1', 'h2', 'h3', 'h4']],
  ['of those that ask', four({}), ['h2', 'h4'], ['h2', 'h4']],
  ['as many as may be away', four({ maxUnavailable: { count: 3 } }), ['h1', 'h2', 'h3']],
  ['as many as there are slots', four({}, { pool: { policy: { ...POOL.policy, slots: 1 } } }), ['h1']],
  ['none where there is none', four({}, { pool: { policy: { ...POOL.policy, slots: 0 } } }), []],
  ['the next rack where one is full', four({ failureDomain: { label: 'rack', perDomain: 1 } }), ['h1', 'h3']],
  ['one rack at a time', four({ failureDomain: { label: 'rack', perDomain: null } }), ['h1', 'h2']],
  ['those of the open wave', four({ waves: [{ count: 1 }] }), ['h1']],
  [
    'nobody while it is paused',
    four({}, { rollout: { pauses: [{ from: T0, until: null, by: 'kernel-team' }] } }),
    [],
  ],
  ['nobody in a freeze', four({ freezes: [{ from: T0, until: T0 + 1, because: '' }] }), []],
  ['whom nobody keeps out', withMember(four({}), 'h1', { quarantined: held }), ['h2', 'h3', 'h4']],
  [
    'who has its place is told again, though there is room for no other',
    withMember(four({ maxUnavailable: { count: 1 } }, { pool: { leases: [leaseOf('h4')] } }), 'h4', {
      ...{ state: 'granted', fence: 1 },
    }),
    ['h4'],
  ],
  ['health that nobody knows: one asks for all', four({ health: [gate] }), ['h1']],
  ['as does health that is too old', four({ health: [gate] }, { results: [result('pass', 5)] }), ['h1']],
  ['a hook is told, not asked', four({ health: [{ ...gate, kind: 'hook' }] }), []],
  ['ill: nobody', four({ health: [gate] }, { results: [result('fail', 1)] }), []],
  ['inconclusive: nobody', four({ health: [gate] }, { results: [result('inconclusive', 1)] }), []],
  ['well: all', four({ health: [gate] }, { results: [result('pass', 1)] }), ['h1', 'h2', 'h3', 'h4']],
  [
    'each has to ask for itself, as many as there is room for',
    four({ maxUnavailable: { count: 2 }, health: [{ ...gate, kind: 'kdump', scope: 'host' }] }),
    ['h1', 'h2'],
  ],
])('%s', (_why, state, want, asking = ['h1', 'h2', 'h3', 'h4']) => {
  expect(mayGo(state, (host) => asking.includes(host), T0)).toEqual(want)
})

function leaseOf(holder: string) {
  return {
    ...{ pool: 'default', fence: 1, holder, rollout: 'roll_1' },
    ...{ grantedAt: T0, renewedAt: T0, expiresAt: T0 + minutes(60) },
  }
}
