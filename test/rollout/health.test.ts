import { expect, test } from 'vitest'
import { healthOf } from '../../src/rollout/health.ts'
import type { HealthGate, HealthResult } from '../../src/rollout/spec.ts'
import { minutes, T0 } from './world.ts'

const gate = (scope: HealthGate['scope']): HealthGate => ({
  ...{ id: 'errors', kind: 'prometheus', validMs: minutes(5), onFail: 'wait', scope },
})
const result = (
  verdict: HealthResult['verdict'],
  after: number,
  host: string | null = null,
): HealthResult => ({
  ...{ gate: 'errors', host, verdict, at: T0 + minutes(after), detail: `said at ${after}` },
})

test.each<
  [
    why: string,
    scope: HealthGate['scope'],
    results: HealthResult[],
    now: number,
    verdict: string,
    next: number,
  ]
>([
  ['no result', 'rollout', [], 10, 'wait', 10],
  ['passed', 'rollout', [result('pass', 6)], 10, 'pass', 11],
  ['passed, a moment before it is too old', 'rollout', [result('pass', 5.5)], 10, 'pass', 10.5],
  ['passed, too old', 'rollout', [result('pass', 5)], 10, 'wait', 10],
  ['failed', 'rollout', [result('fail', 6)], 10, 'fail', 11],
  ['failed, too old', 'rollout', [result('fail', 5)], 10, 'wait', 10],
  ['inconclusive is no failure', 'rollout', [result('inconclusive', 6)], 10, 'wait', 11],
  ['the newest counts', 'rollout', [result('pass', 8), result('fail', 6)], 10, 'pass', 13],
  ['of two at once the later row', 'rollout', [result('pass', 8), result('fail', 8)], 10, 'fail', 13],
  ['from the future: not yet', 'rollout', [result('pass', 11)], 10, 'wait', 10],
  ['its own', 'host', [result('pass', 6, 'h1')], 10, 'pass', 11],
  ["another host's", 'host', [result('pass', 6, 'h2')], 10, 'wait', 10],
  ["all hosts', where each has its own", 'host', [result('pass', 6)], 10, 'wait', 10],
  ["a host's, where one speaks for all", 'rollout', [result('pass', 6, 'h1')], 10, 'wait', 10],
  ["another gate's", 'rollout', [{ ...result('pass', 6), gate: 'other' }], 10, 'wait', 10],
])('%s', (_why, scope, results, now, verdict, next) => {
  const health = healthOf(gate(scope), 'h1', results, T0 + minutes(now))
  expect([health.verdict, health.nextCheck]).toEqual([verdict, T0 + minutes(next)])
})
