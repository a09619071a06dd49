import { expect, test } from 'vitest'
import { faultsOf } from '../../src/rollout/faults.ts'
import type { HealthGate, RolloutSpec } from '../../src/rollout/spec.ts'
import type { Window } from '../../src/rollout/window.ts'
import { SPEC, T0 } from './world.ts'

const window: Window = { days: ['mon'], start: '00:00', durationMinutes: 10080, zone: 'UTC' }
const gate: HealthGate = { id: 'errors', kind: 'http', scope: 'host', validMs: 1, onFail: 'wait' }

test.each<[why: string, change: Partial<RolloutSpec>, at: string[]]>([
  ['a good one', { windows: [window], health: [gate] }, []],
  ['the latest start', { windows: [{ ...window, start: '23:59' }] }, []],
  ['no such hour', { windows: [{ ...window, start: '24:00' }] }, ['windows/0/start']],
  ['no such minute', { windows: [{ ...window, start: '00:60' }] }, ['windows/0/start']],
  ['one digit', { windows: [{ ...window, start: '9:00' }] }, ['windows/0/start']],
  [
    'longer than a week',
    { windows: [{ ...window, durationMinutes: 10081 }] },
    ['windows/0/duration_minutes'],
  ],
  ['no time at all', { windows: [{ ...window, durationMinutes: 0 }] }, ['windows/0/duration_minutes']],
  ['no day', { windows: [window, { ...window, days: [] }] }, ['windows/1/days']],
  ['no such zone', { windows: [{ ...window, zone: 'Mars/Olympus' }] }, ['windows/0/zone']],
  ['a freeze of one millisecond', { freezes: [{ from: T0, until: T0 + 1, because: '' }] }, []],
  ['a freeze of none', { freezes: [{ from: T0, until: T0, because: '' }] }, ['freezes/0']],
  ['a wave of nobody', { waves: [{ count: 0 }] }, ['waves/0/count']],
  ['a wave of more than all', { waves: [{ percent: 101 }] }, ['waves/0/percent']],
  ['half a host', { maxUnavailable: { count: 1.5 } }, ['max_unavailable/count']],
  ['nobody may ever go', { maxUnavailable: { percent: 0 } }, ['max_unavailable/percent']],
  ['nobody of a rack', { failureDomain: { label: 'rack', perDomain: 0 } }, ['failure_domain/per_domain']],
  ['halts at once', { halt: { ...SPEC.halt, missing: { count: 0 } } }, ['halt/missing/count']],
  ['no attempt', { attempts: { ...SPEC.attempts, most: 0 } }, ['attempts/most']],
  [
    'a limit below the first wait',
    { attempts: { most: 2, backoffMs: 2, mostBackoffMs: 1 } },
    ['attempts/most_backoff_ms'],
  ],
  ['no time to come back', { deadlines: { ...SPEC.deadlines, rebootingMs: 0 } }, ['deadlines/rebooting_ms']],
  [
    'no end to a deadline',
    { deadlines: { ...SPEC.deadlines, grantedMs: Infinity } },
    ['deadlines/granted_ms'],
  ],
  ['two gates with one id', { health: [gate, { ...gate, kind: 'hook' }] }, ['health/1/id']],
  ['several at once', { soakMs: -1, approvals: 0.5 }, ['soak_ms', 'approvals']],
])('%s', (_why, change, at) => {
  const faults = faultsOf({ ...SPEC, ...change }, (zone) => zone === 'UTC')
  expect(faults.map((f) => f.at)).toEqual(at)
})
