import { describe, expect, test } from 'vitest'
import { FAULT_RATES, NO_FAULTS, type FaultRates } from '../../../src/simulate/fleet/rates.ts'
import { only } from '../../../src/simulate/fleet/history.ts'
import { readOptions } from '../../../src/simulate/fleet/options.ts'
import { fleetTable, SEED_TABLE, seedLine, verdictsOf } from '../../../src/simulate/fleet/report.ts'
import { runFleet, type FleetOptions, type Sabotage } from '../../../src/simulate/fleet/run.ts'

/** A busy machine must not fail what takes seconds on an idle one. */
const PATIENCE = { timeout: 600_000 }
const QUIET: FleetOptions = { seed: 4, agents: 8, minutes: 60, deterministic: true, rates: NO_FAULTS }

test('a small fleet with every kind of fault ends, and nothing is violated', PATIENCE, async () => {
  const run = await runFleet({ seed: 4, agents: 20, minutes: 720, deterministic: false })
  const verdicts = verdictsOf(run)
  expect(
    verdicts.flatMap(({ invariant, checked }) => checked.violations.map((v) => `${invariant}: ${v}`)),
  ).toEqual([])
  for (const { invariant, checked } of verdicts) expect(checked.looked, invariant).toBeGreaterThan(0)
  expect(only(run.history, 'jumped').length).toBeGreaterThan(15)
  expect(only(run.history, 'service').filter((s) => s.is === 'killed').length).toBeGreaterThan(0)
  expect(only(run.history, 'fault').length).toBeGreaterThan(50)
  expect(fleetTable(run, verdicts)).toMatch(/\nseed 4: 0 violations\n$/)
})

test(
  'one agent at a time, the same seed gives the same history, and another seed another',
  PATIENCE,
  async () => {
    const options = { ...QUIET, agents: 4, minutes: 30, rates: { ...FAULT_RATES, kills: 1, pauses: 1 } }
    const [once, again, other] = [
      await runFleet(options),
      await runFleet(options),
      await runFleet({ ...options, seed: 8 }),
    ]
    expect(again.digest).toBe(once.digest)
    expect(other.digest).not.toBe(once.digest)
  },
)

describe('what is broken on purpose is caught', PATIENCE, () => {
  const none = (spec: object): object => ({
    ...spec,
    ...{ windows: [], freezes: [], approvals: 0 },
  })
  test.for<[why: string, invariant: RegExp, sabotage: Sabotage, rates: Partial<FaultRates>]>([
    [
      'a pool that gives out more than was asked for',
      /^leases/,
      {
        slots: 100,
        rollout: (spec) => ({ ...spec, waves: [{ percent: 100 }], failure_domain: null }),
      },
      {},
    ],
    [
      'a rollout that lets more go, and all of one rack',
      /^hosts away/,
      {
        slots: 100,
        rollout: (spec) => ({ ...spec, waves: [], max_unavailable: { count: 100 }, failure_domain: null }),
      },
      {},
    ],
    ['a rollout without windows', /^nothing outside/, { rollout: none }, {}],
    [
      'an agent that jumps twice',
      /^one reboot/,
      {
        tamper: ({ backend }) => ({
          backend: {
            ...backend,
            exec: (release) => {
              void backend.exec(release)
              return backend.exec(release)
            },
          },
        }),
      },
      {},
    ],
    [
      'an agent that does not look again before it loads',
      /^no plan on a stale map/,
      {
        tamper: ({ backend }, machine) => ({
          backend: {
            ...backend,
            load: (image) => {
              machine.powerCycle()
              return backend.load(image)
            },
          },
        }),
      },
      {},
    ],
    [
      'a pause that nobody has told the service of',
      /^nothing before approval/,
      { swallowed: ['pause'] },
      { pauses: 10 },
    ],
    [
      'a rollout that nobody has to approve',
      /^nothing before approval/,
      { rollout: (spec) => ({ ...spec, approvals: 0 }) },
      {},
    ],
    [
      'a pause of the fleet that the service does not know of',
      /^nothing before approval/,
      { swallowed: ['fleet-pause'] },
      { fleetPauses: 5 },
    ],
    [
      'a rollout that does not ask whether all is well',
      /^nothing while unhealthy/,
      { rollout: (spec) => ({ ...spec, health: [] }) },
      { illnesses: 20 },
    ],
    ['models of which nobody says that they are denied kexec', /^each goes as/, { isKexecForAll: true }, {}],
    [
      'agents that do not keep their new credential',
      /^nobody is shut out/,
      { tamper: () => ({ keep: async () => {} }) },
      { agentDies: 200, idleAgentDies: 200 },
    ],
    [
      'a rollout that does not watch its waves',
      /^waves/,
      { rollout: (spec) => ({ ...spec, soak_seconds: 0 }) },
      {},
    ],
    [
      'hosts that say they are where they are not',
      /^outcomes/,
      { tamper: (_, machine) => ({ capture: () => machine.capture() }) },
      { comesUpElsewhere: 1000 },
    ],
  ])('%s', async ([_why, invariant, sabotage, rates]) => {
    const run = await runFleet({
      ...QUIET,
      agents: 12,
      minutes: 30,
      sabotage,
      rates: { ...NO_FAULTS, ...rates },
    })
    const broken = verdictsOf(run).filter(({ checked }) => checked.violations.length > 0)
    expect(broken.map((b) => b.invariant)).toContainEqual(expect.stringMatching(invariant))
  })

  test('a fleet that is given too little time has not ended', async () => {
    const run = await runFleet({ ...QUIET, minutes: 8 })
    const [ended] = verdictsOf(run).filter(({ invariant }) => /ends$/.test(invariant))
    expect(ended?.checked.violations.length).toBeGreaterThan(0)
    expect(fleetTable(run)).toMatch(/every host and rollout ends: .* is running/)
  })
})

test('a run as a line of a table has a cell for each of its columns', PATIENCE, async () => {
  const line = seedLine(await runFleet({ ...QUIET, agents: 2, minutes: 10 }))
  expect(line.split('|')).toHaveLength((SEED_TABLE.split('\n')[0] ?? '').split('|').length)
  expect(line).toMatch(/^\| 4 \| 2 \| \d+\.\d \|/)
})

const EACH = { agents: 1000, minutes: 720, deterministic: false, isTable: false, historyIn: null }

test.each<[why: string, argv: string[], want: object]>([
  ['nothing said', [], { ...EACH, seeds: [1] }],
  [
    'everything said',
    ['--seed', '7', '--agents', '30', '--minutes', '90', '--deterministic', '--history', 'kept'],
    { seeds: [7], agents: 30, minutes: 90, deterministic: true, isTable: false, historyIn: 'kept' },
  ],
  ['several seeds', ['--seeds', '2-4'], { ...EACH, seeds: [2, 3, 4], isTable: true }],
  ['one of several', ['--seeds', '3'], { ...EACH, seeds: [3], isTable: true }],
  ['backwards', ['--seeds', '4-2'], { errors: ['--seeds: expected a whole number from 4 on, found 2'] }],
  ['both', ['--seed', '1', '--seeds', '1-2'], { errors: ['either --seed or --seeds'] }],
  ['no agents', ['--agents', '0'], { errors: ['--agents: expected a whole number from 1 on, found 0'] }],
  ['no number', ['--seed', '1e3'], { errors: ['--seed: expected a whole number from 0 on, found 1e3'] }],
])('options: %s', (_why, argv, want) => {
  expect(readOptions(argv)).toEqual(want)
})
