import { describe, expect, test } from 'vitest'
import { mayApply, start } from '../../src/rollout/apply.ts'
import { halt, pause } from '../../src/rollout/commands.ts'
import { decide, type Decision } from '../../src/rollout/decide.ts'
import type { Millis } from '../../src/rollout/millis.ts'
import { handedBack } from '../../src/rollout/report.ts'
import type { RolloutState } from '../../src/rollout/rollout.ts'
import type { HealthGate } from '../../src/rollout/spec.ts'
import { WEEKDAYS, type Window } from '../../src/rollout/window.ts'
import { after, minutes, rollout, SPEC, stateOfHost, T0, withMember, words } from './world.ts'

type Grant = Extract<Decision, { verdict: 'grant' }>
const noon: Window = { zone: 'UTC', start: '12:00', durationMinutes: 30, days: WEEKDAYS }
const byHand = { by: 'night-shift', because: 'smoke' }

/** Asks, writes what is to be written, and must be granted. */
function granted(state: RolloutState, host: string, now: Millis): [RolloutState, Grant] {
  const { decision, changes } = decide(state, host, now)
  if (decision.verdict !== 'grant') throw new Error('not granted')
  return [after(state, changes), decision]
}

describe('a grant', () => {
  test('is a lease, a token and an end, and leaves the host granted', () => {
    const { decision, changes } = decide(rollout(), 'h1', T0)
    expect(words(changes)).toEqual(['heard h1', 'lease acquire h1', 'member grant h1'])
    expect(decision).toMatchObject({ verdict: 'grant', fence: 1, until: T0 + minutes(60) })
    expect(after(rollout(), changes).members[0]).toMatchObject({
      state: 'granted',
      fence: 1,
      since: T0,
      heardAt: T0,
    })
  })

  test.each<[why: string, spec: object, until: number]>([
    ['the window closes', { windows: [noon] }, 30],
    [
      'a freeze begins',
      { windows: [noon], freezes: [{ from: T0 + minutes(20), until: T0 + minutes(99), because: '' }] },
      20,
    ],
    ['the lease ends', { windows: [{ ...noon, durationMinutes: 90 }] }, 60],
  ])('ends when %s', (_why, spec, until) => {
    expect(granted(rollout({ spec }), 'h1', T0)[1].until).toBe(T0 + minutes(until))
  })

  test('asked for again, because the answer was lost, it is the same', () => {
    const [state, first] = granted(rollout(), 'h1', T0)
    const { decision, changes } = decide(state, 'h1', T0 + minutes(5))
    expect(words(changes)).toEqual(['heard h1'])
    expect(decision).toMatchObject({
      verdict: 'grant',
      fence: first.fence,
      until: first.until,
      lease: first.lease,
    })
  })

  test('that was not used in time is void; the next one has another token', () => {
    const state = granted(rollout(), 'h1', T0)[0]
    const { decision, changes } = decide(state, 'h1', T0 + minutes(60))
    expect(words(changes)).toEqual([
      ...['heard h1', 'lease lapse h1', 'member lapse h1', 'lease acquire h1', 'member grant h1'],
    ])
    expect(decision).toMatchObject({ verdict: 'grant', fence: 2 })
    expect(mayApply(after(state, changes), 'h1', 1, T0 + minutes(60)).ok).toBe(false)
  })

  test('a host that speaks is not missed for its silence before', () => {
    const deadlines = {
      ...SPEC.deadlines,
      waitingMs: minutes(5),
      grantedMs: minutes(5),
      rebootingMs: minutes(5),
    }
    const { decision, changes } = decide(rollout({ spec: { deadlines } }), 'h2', T0 + minutes(5))
    expect(decision.verdict).toBe('wait')
    expect(words(changes)).toEqual(['heard h2', 'member lose h1', 'member lose h3'])
  })
})

describe('the second host', () => {
  test('waits for the first, and may go when that has come back', () => {
    const state = granted(rollout(), 'h1', T0)[0]
    expect(decide(state, 'h2', T0).decision.verdict).toBe('wait')
    const back = after(state, handedBack(state, 'h1', { fence: 1, because: 'not now' }, T0))
    expect(decide(back, 'h2', T0).decision).toMatchObject({ verdict: 'grant', fence: 2 })
  })

  test('waits while the first is missing, until somebody takes that out', () => {
    const state = withMember(rollout(), 'h1', { state: 'missing', fence: 7 })
    expect(decide(state, 'h2', T0).decision.verdict).toBe('wait')
    const out = withMember(state, 'h1', { state: 'skipped' })
    expect(decide(out, 'h2', T0).decision.verdict).toBe('grant')
  })
})

const errors: HealthGate = { id: 'e', kind: 'http', scope: 'rollout', validMs: minutes(5), onFail: 'wait' }
const result = (verdict: 'pass' | 'fail' | 'inconclusive', minute: number) => ({
  ...{ gate: 'e', host: null, verdict, at: T0 + minutes(minute), detail: '' },
})

describe('what was granted is looked at again before it is used', () => {
  const spec = { windows: [noon], health: [errors], freezes: [] }
  const [state] = granted(rollout({ spec, results: [result('pass', 0)] }), 'h1', T0)

  test.each<
    [why: string, change: (s: RolloutState) => RolloutState, fence: number, minute: number, against: string[]]
  >([
    ['nothing has changed', (s) => s, 1, 1, []],
    ['the last minute of the window', (s) => s, 1, 29, []],
    ['the window has closed', (s) => s, 1, 30, ['window']],
    [
      'a freeze has begun',
      (s) => ({
        ...s,
        spec: { ...s.spec, freezes: [{ from: T0 + 1, until: T0 + minutes(9), because: '' }] },
      }),
      1,
      1,
      ['freeze'],
    ],
    ['paused', (s) => after(s, pause(s, 'night-shift', T0)), 1, 1, ['paused']],
    ['halted', (s) => after(s, halt(s, byHand, T0)), 1, 1, ['halted']],
    [
      'quarantined',
      (s) => withMember(s, 'h1', { quarantined: { since: T0, because: 'cloned' } }),
      1,
      1,
      ['quarantine'],
    ],
    [
      'opted out',
      (s) => withMember(s, 'h1', { optedOut: { since: T0, because: 'busy' } }),
      1,
      1,
      ['opt-out'],
    ],
    ['a gate has failed since', (s) => ({ ...s, results: [result('fail', 1)] }), 1, 1, ['health']],
    [
      'a gate is inconclusive: it goes by what it was granted on',
      (s) => ({ ...s, results: [result('inconclusive', 1)] }),
      1,
      1,
      [],
    ],
    ['a result has grown old', (s) => s, 1, 6, []],
    [
      'fewer may be away today',
      (s) => ({ ...s, others: [{ host: 'x', domain: null, since: T0, because: '' }] }),
      1,
      1,
      [],
    ],
    ['another token', (s) => s, 2, 1, ['fence']],
    ['an older token', (s) => s, 0, 1, ['fence']],
    ['the lease was taken away', (s) => ({ ...s, pool: { ...s.pool, leases: [] } }), 1, 1, ['fence']],
    [
      'a shorter term holds today',
      (s) => ({ ...s, pool: { ...s.pool, policy: { slots: 5, ttlMs: minutes(1) } } }),
      1,
      1,
      ['fence'],
    ],
  ])('%s', (_why, change, fence, minute, against) => {
    const changed = change(state)
    const now = T0 + minutes(minute)
    const may = mayApply(changed, 'h1', fence, now)
    const found = may.ok ? [] : may.error.gates.flatMap((g) => (g.verdict === 'pass' ? [] : g.gate))
    expect(found).toEqual(against)
    expect(may.ok).toBe(against.length === 0)
    expect(start(changed, 'h1', { fence, boot: 'b1' }, now).ok).toBe(may.ok)
  })
})

describe('the start', () => {
  const [state] = granted(rollout(), 'h1', T0)
  const by = { fence: 1, boot: 'b1' }

  test('uses the grant up, and the lease begins again', () => {
    const now = T0 + minutes(30)
    const started = start(state, 'h1', by, now)
    expect(started.ok && words(started.value)).toEqual(['heard h1', 'lease renew h1', 'member start h1'])
    const next = after(state, started)
    expect(next.members[0]).toMatchObject({ state: 'rebooting', boot: 'b1', fence: 1 })
    expect(next.pool.leases).toMatchObject([{ fence: 1, grantedAt: T0, expiresAt: now + minutes(60) }])
  })

  test('told again by the same boot nothing happens; another boot has no grant', () => {
    const next = after(state, start(state, 'h1', by, T0))
    const again = start(next, 'h1', by, T0 + 1)
    expect(again.ok && words(again.value)).toEqual(['heard h1'])
    expect(start(next, 'h1', { ...by, boot: 'b2' }, T0 + 1)).toMatchObject({
      ok: false,
      error: { code: 'not-now' },
    })
    expect(start(next, 'h1', { ...by, fence: 2 }, T0 + 1).ok).toBe(false)
  })

  test("is nobody else's", () => {
    expect(start(state, 'h2', by, T0).ok).toBe(false)
    expect(start(state, 'stranger', by, T0).ok).toBe(false)
    expect(stateOfHost(state, 'h1')).toBe('granted')
  })
})
