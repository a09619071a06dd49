import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applied, moved } from '../../src/rollout/change.ts'
import { stateOf, type RolloutState } from '../../src/rollout/rollout.ts'
import type { RolloutSpec } from '../../src/rollout/spec.ts'
import { INVARIANTS } from './history.ts'
import { CORE, FREEZE, newRun, runOn, sequences, specs, type Core, type Run } from './model.ts'

function ran(core: Core, spec: RolloutSpec, commands: Iterable<fc.Command<object, Run>>): Run {
  const run = newRun(core, spec)
  fc.modelRun(() => ({ model: {}, real: run }), commands)
  runOn(run)
  return run
}

test('whatever happens, in whatever order, nothing is seen that must not be', () => {
  fc.assert(
    fc.property(specs, sequences, (spec, commands) => {
      const { history } = ran(CORE, spec, commands)
      const broken = Object.entries(INVARIANTS).map(([name, wrong]) => [name, wrong(history)])
      expect(broken.filter(([, found]) => found !== null)).toEqual([])
    }),
    { numRuns: 200 },
  )
})

test('the runs get somewhere: each of these happens in some of them', () => {
  const met = new Map<string, number>()
  const meet = (what: string) => met.set(what, (met.get(what) ?? 0) + 1)
  fc.assert(
    fc.property(specs, sequences, (spec, commands) => {
      const { history } = ran(CORE, spec, commands)
      const whole = history.slice(
        0,
        history.findIndex((s) => s.last),
      )
      for (const state of new Set(whole.map((s) => stateOf(s.after.rollout)))) meet(state)
      for (const state of new Set(whole.flatMap((s) => s.after.members.map((m) => m.state)))) meet(state)
      if (whole.some((s) => s.after.rollout.wave > 0)) meet('second wave')
      if (whole.some((s) => s.after.members.some((m) => m.failures > 0 && m.state === 'granted')))
        meet('second attempt')
    }),
    { numRuns: 200, seed: 1 },
  )
  const rare = [
    ...['awaiting-approval', 'running', 'paused', 'halted', 'done', 'cancelled'],
    ...['waiting', 'granted', 'rebooting', 'landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing'],
    ...['skipped', 'second wave', 'second attempt'],
  ].filter((what) => (met.get(what) ?? 0) < 3)
  expect(rare).toEqual([])
})

/** A core that sees rows other than they are. */
function blind(see: (state: RolloutState) => RolloutState): Core {
  return {
    ...CORE,
    decide: (state, host, now) => CORE.decide(see(state), host, now),
    start: (state, host, by, now) => CORE.start(see(state), host, by, now),
  }
}

const withSpec = (change: Partial<RolloutSpec>) =>
  blind((state) => ({ ...state, spec: { ...state.spec, ...change } }))

/** Nothing is in the way but what is to be sabotaged, so that a few runs show it. */
const FREE: Partial<RolloutSpec> = {
  ...{ waves: [{ percent: 100 }], maxUnavailable: { percent: 100 }, failureDomain: null },
  ...{ windows: [], freezes: [], health: [], approvals: 0 },
}

const SABOTAGED: [invariant: string, how: string, core: Core, given?: Partial<RolloutSpec>][] = [
  [
    'holders',
    'counts no holders',
    blind((s) => ({ ...s, pool: { ...s.pool, policy: { ...s.pool.policy, slots: 99 } } })),
    FREE,
  ],
  ['unavailable', 'lets any number go', withSpec({ maxUnavailable: { count: 99 } })],
  [
    'unavailable',
    'does not count the missing',
    blind((s) => ({ ...s, members: s.members.filter((m) => m.state !== 'missing') })),
  ],
  ['calendar', 'has no windows', withSpec({ windows: [] })],
  ['calendar', 'has no freezes', withSpec({ freezes: [] }), { ...FREE, freezes: [FREEZE] }],
  [
    'calendar',
    'looks at the clock when it grants, and not again',
    {
      ...CORE,
      start: (s, host, by, now) =>
        CORE.start({ ...s, spec: { ...s.spec, windows: [], freezes: [] } }, host, by, now),
    },
    { ...FREE, freezes: [FREEZE] },
  ],
  [
    'once',
    'takes a grant from another boot',
    {
      ...CORE,
      start: (state, host, by, now) => {
        const used = state.members.find(
          (m) => m.host === host && m.state === 'rebooting' && m.fence === by.fence,
        )
        return used ? { ok: true, value: [] } : CORE.start(state, host, by, now)
      },
      // Nobody says that it came back, so it is thought to be away still.
      judged: () => ({ ok: true, value: [] }),
    },
  ],
  ['once', 'forgets the last token', blind((s) => ({ ...s, pool: { ...s.pool, lastFence: 0 } }))],
  ['stopped', 'sees no pause', blind((s) => ({ ...s, rollout: { ...s.rollout, pauses: [] } })), FREE],
  ['stopped', 'sees no brake', blind((s) => ({ ...s, rollout: { ...s.rollout, halt: null } }))],
  [
    'stopped',
    'never pulls the brake',
    blind((s) => ({
      ...s,
      spec: { ...s.spec, halt: { failures: { count: 99 }, missing: { count: 99 }, counted: [] } },
      rollout: { ...s.rollout, halt: null },
    })),
  ],
  [
    'waves',
    'does not soak',
    {
      ...withSpec({ soakMs: 0 }),
      sweep: (s, now) => CORE.sweep({ ...s, spec: { ...s.spec, soakMs: 0 } }, now),
    },
  ],
  [
    'waves',
    'lets every wave go',
    blind((s) => ({ ...s, rollout: { ...s.rollout, wave: 9 } })),
    { ...FREE, waves: [{ count: 1 }] },
  ],
  [
    'domains',
    'knows no failure domains',
    withSpec({ failureDomain: null }),
    { ...FREE, failureDomain: { label: 'rack', perDomain: null } },
  ],
  [
    'domains',
    'thinks that a host without a label is in a rack of its own',
    {
      ...CORE,
      decide: (state, host, now) => {
        const members = state.members.map((m) => (m.host === host ? m : { ...m, domain: m.domain ?? 'none' }))
        return CORE.decide({ ...state, members }, host, now)
      },
    },
    { ...FREE, failureDomain: { label: 'rack', perDomain: 1 } },
  ],
  [
    'ends',
    'misses nobody',
    {
      ...CORE,
      sweep: (state, now) =>
        CORE.sweep(
          {
            ...state,
            spec: { ...state.spec, deadlines: { waitingMs: null, grantedMs: 1e15, rebootingMs: 1e15 } },
          },
          now,
        ),
    },
  ],
  [
    'truth',
    'takes every outcome for a landing',
    { ...CORE, judged: (s, host, by, now) => CORE.judged(s, host, { ...by, outcome: 'landed' }, now) },
  ],
  [
    'truth',
    'takes silence for a landing',
    {
      ...CORE,
      sweep: (state, now) => {
        const away = state.members.filter((m) => m.state === 'rebooting')
        const landed = away.map((m) => moved(m, 'land', now, 'no news'))
        return [...landed, ...CORE.sweep(applied(state, landed), now)]
      },
    },
  ],
]

describe('the checker catches a core that', () => {
  test.each(SABOTAGED)('breaks %s: %s', (invariant, _how, core, given = {}) => {
    const wrong = INVARIANTS[invariant] as (typeof INVARIANTS)[string]
    const found = fc.check(
      fc.property(
        specs,
        sequences,
        (spec, commands) => wrong(ran(core, { ...spec, ...given }, commands).history) === null,
      ),
      { numRuns: 500, endOnFailure: true, seed: 1 },
    )
    expect(found.failed).toBe(true)
  })

  test('every invariant is broken by somebody', () => {
    expect(new Set(SABOTAGED.map(([invariant]) => invariant))).toEqual(new Set(Object.keys(INVARIANTS)))
  })
})
