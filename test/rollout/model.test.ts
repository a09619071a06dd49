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
      const steps = whole.flatMap((s) => s.after.members)
      if (steps.some((m) => m.state === 'rebooting' && m.fallback !== null)) meet('going back')
      if (steps.some((m) => m.state === 'cold-booted' && m.mode === 'cold')) meet('as asked')
    }),
    { numRuns: 200, seed: 1 },
  )
  const rare = [
    ...['awaiting-approval', 'running', 'paused', 'halted', 'done', 'cancelled'],
    ...['waiting', 'granted', 'rebooting', 'landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing'],
    ...['skipped', 'second wave', 'second attempt', 'rolling-back', 'rolled-back', 'going back', 'as asked'],
  ].filter((what) => (met.get(what) ?? 0) < 3)
  expect(rare).toEqual([])
})

/** A core that sees rows other than they are. */
function blind(see: (state: RolloutState) => RolloutState): Core {
  return {
    ...CORE,
    decide: (state, host, now, mode) => CORE.decide(see(state), host, now, mode),
    start: (state, host, by, now) => CORE.start(see(state), host, by, now),
  }
}

const withSpec = (change: Partial<RolloutSpec>) =>
  blind((state) => ({ ...state, spec: { ...state.spec, ...change } }))

const NEVER = { waitingMs: null, grantedMs: 1e15, rebootingMs: 1e15, coldMs: 1e15, powercycleMs: 1e15 }

/** Nothing is in the way but what is to be sabotaged, so that a few runs show it. */
const FREE: Partial<RolloutSpec> = {
  ...{ waves: [{ percent: 100 }], maxUnavailable: { percent: 100 }, failureDomain: null },
  ...{ windows: [], freezes: [], health: [], approvals: 0 },
}

/** A core that sends hosts back whatever the rollout's rows say. */
function backWhatever(see: (state: RolloutState) => RolloutState): Core {
  const seen = (state: RolloutState, host: string) =>
    state.members.some((m) => m.host === host && m.state === 'rolling-back') ? see(state) : state
  return {
    ...CORE,
    decide: (state, host, now, mode) => CORE.decide(seen(state, host), host, now, mode),
    start: (state, host, by, now) => CORE.start(seen(state, host), host, by, now),
  }
}

const BACK: Partial<RolloutSpec> = { ...FREE, onFailure: 'roll-back' }

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
  [
    'standing',
    'sees no pause of the fleet',
    blind((s) => ({
      ...s,
      members: s.members.map((m) => ({ ...m, pauses: m.pauses.filter((p) => p.scope !== 'fleet') })),
    })),
    FREE,
  ],
  [
    'standing',
    'looks at pauses when it grants, and not again',
    {
      ...CORE,
      start: (s, host, by, now) =>
        CORE.start({ ...s, members: s.members.map((m) => ({ ...m, pauses: [] })) }, host, by, now),
    },
    FREE,
  ],
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
      decide: (state, host, now, mode) => {
        const members = state.members.map((m) => (m.host === host ? m : { ...m, domain: m.domain ?? 'none' }))
        return CORE.decide({ ...state, members }, host, now, mode)
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
            spec: { ...state.spec, deadlines: NEVER },
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
    'stopped',
    'sends hosts back under the brake and in a pause',
    backWhatever((s) => ({ ...s, rollout: { ...s.rollout, halt: null, pauses: [] } })),
    BACK,
  ],
  [
    'calendar',
    'sends hosts back in a freeze',
    backWhatever((s) => ({ ...s, spec: { ...s.spec, freezes: [] } })),
    { ...BACK, freezes: [FREEZE] },
  ],
  [
    'once',
    'sends hosts back under the token that they had',
    {
      ...CORE,
      decide: (state, host, now, mode) => {
        const own = state.pool.leases.find((l) => l.holder === host)
        const { decision, changes } = CORE.decide(state, host, now, mode)
        if (!own || decision.verdict === 'wait') return { decision, changes }
        const same = changes.map((c) =>
          c.of === 'member' && c.event === 'grant' ? { ...c, row: { ...c.row, fence: own.fence } } : c,
        )
        return { decision: { ...decision, fence: own.fence }, changes: same.filter((c) => c.of !== 'lease') }
      },
    },
    BACK,
  ],
  [
    'back',
    'forgets that a host was sent back already',
    {
      ...CORE,
      judged: (s, host, by, now) =>
        CORE.judged(
          { ...s, members: s.members.map((m) => (m.host === host ? { ...m, fallback: null } : m)) },
          host,
          by,
          now,
        ),
    },
    BACK,
  ],
  [
    'speaks',
    'takes whoever was granted a reboot for gone',
    blind((s) => ({
      ...s,
      members: s.members.map((m) => (m.state === 'missing' && m.fence !== null ? { ...m, boot: 'b' } : m)),
    })),
    FREE,
  ],
  [
    'meant',
    'takes every cold boot for a failure',
    {
      ...CORE,
      sweep: (s, now) =>
        CORE.sweep({ ...s, members: s.members.map((m) => ({ ...m, mode: 'kexec' as const })) }, now),
    },
    FREE,
  ],
  [
    'truth',
    'thinks that a host is back wherever it came up',
    {
      ...CORE,
      judged: (s, host, by, now) =>
        CORE.judged(s, host, { ...by, fallback: by.fallback ? { ...by.fallback, runs: true } : null }, now),
    },
    BACK,
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
