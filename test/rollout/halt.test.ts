import { expect, test } from 'vitest'
import { haltReason } from '../../src/rollout/halt.ts'
import type { Member, Outcome } from '../../src/rollout/rollout.ts'
import type { HaltRule, HealthResult } from '../../src/rollout/spec.ts'
import { minutes, rollout, SPEC, T0, withMember } from './world.ts'

const HOSTS = Array.from({ length: 10 }, (_, i) => `h${i}`)

function withOutcomes(halt: Partial<HaltRule>, outcomes: readonly Outcome[], change: Partial<Member> = {}) {
  const start = rollout({ spec: { halt: { ...SPEC.halt, ...halt } }, hosts: HOSTS })
  return outcomes.reduce(
    (state, outcome, i) => withMember(state, HOSTS[i] as string, { outcome, ...change }),
    start,
  )
}

test.each<[why: string, halt: Partial<HaltRule>, outcomes: Outcome[], cause: string | null]>([
  ['all is well', { failures: { count: 1 }, missing: { count: 1 } }, ['landed', 'landed'], null],
  ['one failure short', { failures: { count: 2 } }, ['failed'], null],
  ['the last failure that it takes', { failures: { count: 2 } }, ['failed', 'failed'], 'failures'],
  ['a percentage, just below', { failures: { percent: 21 } }, ['failed', 'failed'], null],
  ['a percentage, reached', { failures: { percent: 20 } }, ['failed', 'failed'], 'failures'],
  ['one missing short', { missing: { count: 2 } }, ['missing'], null],
  ['the last missing that it takes', { missing: { count: 2 } }, ['missing', 'missing'], 'missing'],
  ['a missing host is no failure', { failures: { count: 1 } }, ['missing'], null],
  ['a failure is not missing', { missing: { count: 1 } }, ['failed'], null],
  ['cold boots count', { failures: { count: 1 } }, ['cold-booted'], 'failures'],
  ['landings elsewhere count', { failures: { count: 1 } }, ['landed-elsewhere'], 'failures'],
  ['unless they are not counted', { failures: { count: 1 }, counted: ['failed'] }, ['cold-booted'], null],
])('%s', (_why, halt, outcomes, cause) => {
  expect(haltReason(withOutcomes(halt, outcomes), T0)?.cause ?? null).toBe(cause)
})

test('it says who, how many, and from how many on', () => {
  const state = withOutcomes({ failures: { percent: 20 } }, ['failed', 'failed', 'cold-booted', 'failed'])
  expect(haltReason(state, T0)).toEqual({
    at: T0,
    cause: 'failures',
    hosts: ['h0', 'h1', 'h2', 'h3'],
    sentence: '4 of 10 hosts failed, and 20 % halt the rollout: h0, h1, h2 and 1 more',
  })
})

test('what was acknowledged counts no more; what waits for its next attempt still does', () => {
  const rule = { failures: { count: 1 } }
  expect(haltReason(withOutcomes(rule, ['failed'], { acknowledged: true }), T0)).toBeNull()
  expect(haltReason(withOutcomes(rule, ['failed'], { state: 'waiting' }), T0)?.cause).toBe('failures')
})

test.each<[why: string, onFail: 'wait' | 'halt', result: Partial<HealthResult>, halted: boolean]>([
  ['a gate that halts', 'halt', {}, true],
  ['a gate that only waits', 'wait', {}, false],
  ['inconclusive never halts', 'halt', { verdict: 'inconclusive' }, false],
  ['passed', 'halt', { verdict: 'pass' }, false],
  ['before the last acknowledgement', 'halt', { at: T0 + minutes(10) }, false],
  ['just after it', 'halt', { at: T0 + minutes(10) + 1 }, true],
  ['from the future', 'halt', { at: T0 + minutes(31) }, false],
  ["another gate's", 'halt', { gate: 'other' }, false],
])('health: %s', (_why, onFail, change, halted) => {
  const result = { gate: 'errors', host: 'h1', verdict: 'fail', at: T0 + minutes(20), detail: '5xx' } as const
  const state = rollout({
    spec: { health: [{ id: 'errors', kind: 'prometheus', scope: 'host', validMs: 1, onFail }] },
    results: [{ ...result, ...change }],
    rollout: { acknowledgedAt: T0 + minutes(10) },
  })
  const reason = haltReason(state, T0 + minutes(30))
  expect(reason && [reason.cause, reason.hosts, reason.sentence]).toEqual(
    halted ? ['health', ['h1'], 'errors: 5xx'] : null,
  )
})
