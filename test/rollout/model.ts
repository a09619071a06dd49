import fc from 'fast-check'
import { start } from '../../src/rollout/apply.ts'
import { applied, type Change } from '../../src/rollout/change.ts'
import { acknowledge, approve, cancel, halt, pause, resume, submit } from '../../src/rollout/commands.ts'
import { decide } from '../../src/rollout/decide.ts'
import { draft, enlist } from '../../src/rollout/enlist.ts'
import type { Millis } from '../../src/rollout/millis.ts'
import { deleted, handedBack, judged, skipped } from '../../src/rollout/report.ts'
import { cameBack } from '../../src/rollout/roll-back.ts'
import type { Result } from '../../src/rollout/result.ts'
import { memberOf, stateOf, type Member, type RolloutState } from '../../src/rollout/rollout.ts'
import type { Freeze, RolloutSpec } from '../../src/rollout/spec.ts'
import { sweep } from '../../src/rollout/sweep.ts'
import { WEEKDAYS, type Window } from '../../src/rollout/window.ts'
import { at, HOUR_MS, rememberedOffsetAt } from './clock.ts'
import type { Step } from './history.ts'
import { minutes, POOL, recruit, SPEC } from './world.ts'

/** What is under test; a sabotaged one has some of it replaced. */
export interface Core {
  readonly decide: typeof decide
  readonly start: typeof start
  readonly sweep: typeof sweep
  readonly judged: typeof judged
  readonly cameBack: typeof cameBack
}

export const CORE: Core = { decide, start, sweep, judged, cameBack }

/** The core, the rows it is asked about, and the hosts as they really are. */
export interface Run {
  readonly core: Core
  state: RolloutState
  now: Millis
  readonly history: Step[]
  /** The grant that a host was told of last; it may be long void. */
  readonly grants: Map<string, number>
  readonly boots: Map<string, number>
}

const HOSTS = ['h1/r1', 'h2/r1', 'h3/r2', 'h4/r2', 'h5/r3', 'h6']
/** The evening before clocks are put back in Berlin. */
const EVENING = at('2026-10-24T22:00:00Z')

const window: Window = { zone: 'Europe/Berlin', start: '23:30', durationMinutes: 240, days: WEEKDAYS }
const twice: Window = { ...window, start: '02:30', durationMinutes: 45, days: ['sun', 'mon'] }

export const FREEZE: Freeze = { from: EVENING + minutes(15), until: EVENING + minutes(45), because: 'sale' }

/** Rollouts in which something is in the way now and then. */
export const specs: fc.Arbitrary<RolloutSpec> = fc.record({
  bootEntry: fc.constant('boot_1'),
  waves: fc.constantFrom([], [{ percent: 100 }], [{ percent: 50 }], [{ count: 1 }, { count: 2 }]),
  maxUnavailable: fc.constantFrom({ count: 1 }, { count: 3 }, { percent: 50 }, { percent: 100 }),
  failureDomain: fc.constantFrom(null, { label: 'rack', perDomain: null }, { label: 'rack', perDomain: 1 }),
  soakMs: fc.constantFrom(0, minutes(10), minutes(30)),
  windows: fc.constantFrom([], [], [window], [window, twice]),
  freezes: fc.constantFrom(
    [],
    [{ from: EVENING + minutes(15), until: EVENING + minutes(45), because: 'sale' }],
  ),
  health: fc.constantFrom([], [
    { id: 'e', kind: 'http', scope: 'rollout', validMs: minutes(60), onFail: 'halt' },
  ] as const),
  halt: fc.record({
    failures: fc.constantFrom({ count: 1 }, { percent: 50 }, { percent: 100 }),
    missing: fc.constantFrom({ count: 2 }, { percent: 100 }),
    counted: fc.constant(SPEC.halt.counted),
  }),
  deadlines: fc.record({
    waitingMs: fc.constantFrom(minutes(120), minutes(1440)),
    grantedMs: fc.constant(minutes(20)),
    rebootingMs: fc.constant(minutes(15)),
    coldMs: fc.constant(minutes(30)),
    powercycleMs: fc.constant(minutes(30)),
  }),
  attempts: fc.constantFrom(SPEC.attempts, { most: 2, backoffMs: minutes(5), mostBackoffMs: minutes(10) }),
  approvals: fc.constantFrom(0, 0, 0, 0, 0, 1),
  onFailure: fc.constantFrom('hold', 'roll-back'),
  fallbackEntry: fc.constant(null),
})

export function newRun(core: Core, spec: RolloutSpec): Run {
  const state: RolloutState = {
    spec,
    rollout: draft('roll_1', 'kernel-team', EVENING),
    members: enlist(spec, HOSTS.map(recruit), EVENING),
    pool: { ...POOL, policy: { slots: 2, ttlMs: minutes(60) } },
    results: [],
    others: [],
    neighbours: [],
    offsetAt: rememberedOffsetAt,
  }
  const run: Run = { core, state, now: EVENING, history: [], grants: new Map(), boots: new Map() }
  write(run, 'submit', submit(state, EVENING))
  return run
}

type Told = Pick<Step, 'asked' | 'started' | 'judged' | 'cameBack' | 'last'>

/** Writes the changes, where there was no refusal, and remembers the step. */
function write(
  run: Run,
  what: string,
  result: readonly Change[] | Result<readonly Change[], unknown>,
  told: Told = {},
) {
  const refused = 'ok' in result && !result.ok
  const changes = 'ok' in result ? (result.ok ? result.value : []) : result
  const before = run.state
  run.state = applied(before, changes)
  run.history.push({ now: run.now, what, before, after: run.state, ...(refused ? {} : told) })
}

function changed(run: Run, what: string, after: RolloutState) {
  run.history.push({ now: run.now, what, before: run.state, after })
  run.state = after
}

const boot = (run: Run, host: string) => `b${run.boots.get(host) ?? 0}`

/** Some hosts go through firmware. */
const modeOf = (host: string) => (host === 'h2' || host === 'h5' ? 'cold' : 'kexec')
/** What they go back to. */
const OLD = 'boot_0'

type Act = (run: Run) => void
type Named = readonly [name: string, act: Act]

const ask = (host: string): Named => [
  `ask ${host}`,
  (run) => {
    const { decision, changes } = run.core.decide(run.state, host, run.now, modeOf(host))
    if (decision.verdict === 'grant') run.grants.set(host, decision.fence)
    write(run, `ask ${host}`, changes, { asked: host })
  },
]

const go = (host: string): Named => [
  `start ${host}`,
  (run) => {
    const by = { fence: run.grants.get(host) ?? 0, boot: boot(run, host) }
    write(run, `start ${host}`, run.core.start(run.state, host, by, run.now), { started: { host, ...by } })
  },
]

type Seen = 'landed' | 'landed-elsewhere' | 'cold-booted' | 'failed'

/** `runs`: it runs what it would go back to. */
const land = (host: string, seen: Seen, runs: boolean): Named => [
  `${seen} ${host}${runs ? ', on the old one' : ''}`,
  (run) => {
    const outcome = seen === 'landed' && modeOf(host) === 'cold' ? 'cold-booted' : seen
    const fallback = { entry: OLD, runs }
    const by = { fence: run.grants.get(host) ?? 0, outcome, because: 'seen', fallback }
    // Only a host that has gone comes back otherwise than it was; any host may fail.
    if (outcome !== 'failed' && memberOf(run.state, host)?.boot !== boot(run, host)) return
    if (outcome !== 'failed') run.boots.set(host, (run.boots.get(host) ?? 0) + 1)
    write(run, `${outcome} ${host}`, run.core.judged(run.state, host, by, run.now), {
      judged: { host, outcome, runs },
    })
  },
]

/** Somebody boots it by hand, and it runs the old one. */
const byHand = (host: string): Named => [
  `${host} booted by hand`,
  (run) => {
    if (memberOf(run.state, host)?.state === 'waiting') return
    run.boots.set(host, (run.boots.get(host) ?? 0) + 1)
    const changes = run.core.cameBack(run.state, host, OLD, run.now)
    write(run, `${host} booted by hand`, changes, changes.length > 0 ? { cameBack: host } : {})
  },
]

const back = (host: string): Named => [
  `hand back ${host}`,
  (run) => {
    const by = { fence: run.grants.get(host) ?? 0, because: 'not now' }
    write(run, `hand back ${host}`, handedBack(run.state, host, by, run.now))
  },
]

const tick = (n: number): Named => [`${n} minutes`, (run) => void (run.now += minutes(n))]

const by = { by: 'night-shift', because: 'because' }
const OPERATOR: readonly Named[] = [
  ['approve', (run) => write(run, 'approve', approve(run.state, 'lead', run.now))],
  ['pause', (run) => write(run, 'pause', pause(run.state, 'night-shift', run.now))],
  ['resume', (run) => write(run, 'resume', resume(run.state, 'night-shift', run.now))],
  ['halt', (run) => write(run, 'halt', halt(run.state, by, run.now))],
  ['acknowledge', (run) => write(run, 'acknowledge', acknowledge(run.state, by, run.now))],
  ['sweep', (run) => write(run, 'sweep', run.core.sweep(run.state, run.now))],
]

const policy = (slots: number, ttlMinutes: number): Named => [
  `policy ${slots} ${ttlMinutes}`,
  (run) => {
    const pool = { ...run.state.pool, policy: { slots, ttlMs: minutes(ttlMinutes) } }
    changed(run, 'policy', { ...run.state, pool })
  },
]

const result = (verdict: 'pass' | 'fail' | 'inconclusive'): Named => [
  `health ${verdict}`,
  (run) => {
    const row = { gate: 'e', host: null, verdict, at: run.now, detail: verdict }
    changed(run, `health ${verdict}`, { ...run.state, results: [...run.state.results, row] })
  },
]

const optOut = (host: string, out: boolean): Named => [
  `opt ${host} ${out ? 'out' : 'in'}`,
  (run) => {
    const optedOut = out ? { since: run.now, because: 'busy' } : null
    const members = run.state.members.map((m) => (m.host === host ? { ...m, optedOut } : m))
    if ((memberOf(run.state, host)?.optedOut === null) !== out) return
    changed(run, `opt ${host}`, { ...run.state, members })
  },
]

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  fleet: HOSTS,
  'group:web': HOSTS.slice(0, 3),
}

/** Null ends those that go on, at once. */
const standing = (scope: 'fleet' | 'group:web', pausedMinutes: number | null): Named => [
  `${scope} ${pausedMinutes === null ? 'unpaused' : 'paused'}`,
  (run) => {
    const { now } = run
    const inScope = (m: Member) => GROUPS[scope]?.some((h) => h.startsWith(m.host)) === true
    const until = pausedMinutes === null ? null : now + minutes(pausedMinutes)
    const more = pausedMinutes === null ? [] : [{ scope, from: now, until, by: 'lead', because: 'a sale' }]
    const members = run.state.members.map((m) => {
      const ended = m.pauses.map((p) =>
        p.scope === scope ? { ...p, until: Math.min(p.until ?? now, now) } : p,
      )
      return inScope(m) ? { ...m, pauses: [...ended, ...more] } : m
    })
    changed(run, scope, { ...run.state, members })
  },
]

const NAMES = HOSTS.map((h) => h.split('/')[0] as string)
const host = fc.constantFrom(...NAMES)
const outcome = fc.constantFrom('landed', 'landed', 'landed-elsewhere', 'cold-booted', 'failed')

const goOn = inTurn(
  ...OPERATOR.filter(([name]) => name === 'acknowledge'),
  ...OPERATOR.filter(([name]) => name === 'resume'),
)

/** What may happen next; mostly hosts that go their way. */
const acts: fc.Arbitrary<Named> = fc.oneof(
  { weight: 8, arbitrary: host.map(ask) },
  { weight: 6, arbitrary: host.map(go) },
  { weight: 6, arbitrary: fc.tuple(host, outcome, fc.boolean()).map((of) => land(...of)) },
  { weight: 1, arbitrary: host.map(byHand) },
  { weight: 5, arbitrary: fc.constantFrom(1, 5, 5, 10, 10, 15, 30, 60, 180).map(tick) },
  { weight: 1, arbitrary: host.map(back) },
  { weight: 4, arbitrary: fc.constantFrom(...OPERATOR, goOn, goOn, goOn) },
  { weight: 1, arbitrary: fc.constantFrom(policy(1, 60), policy(3, 60), policy(2, 10), policy(6, 240)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(result('pass'), result('pass'), result('inconclusive'), result('fail')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('fleet', 'group:web'), fc.constantFrom(10, 60, null, null))
      .map(([scope, pausedMinutes]) => standing(scope, pausedMinutes)),
  },
  { weight: 1, arbitrary: fc.tuple(host, fc.boolean()).map(([h, out]) => optOut(h, out)) },
  {
    weight: 1,
    arbitrary: host.chain((h) =>
      fc.constantFrom<Named>(
        [`delete ${h}`, (run) => write(run, `delete ${h}`, deleted(run.state, h, run.now))],
        [`skip ${h}`, (run) => write(run, `skip ${h}`, skipped(run.state, h, 'broken', run.now))],
        ['cancel', (run) => write(run, 'cancel', cancel(run.state, by, run.now))],
      ),
    ),
  },
  // Hosts on their way, so that runs get far.
  { weight: 4, arbitrary: fc.constant(inTurn(...NAMES.map(ask))) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(outcome, fc.boolean())
      .map(([o, runs]) => inTurn(...NAMES.map((h) => inTurn(ask(h), go(h), tick(1), land(h, o, runs))))),
  },
  { weight: 8, arbitrary: host.map((h) => inTurn(ask(h), go(h))) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(host, outcome, fc.boolean())
      .map(([h, o, runs]) => inTurn(ask(h), go(h), tick(5), land(h, o, runs))),
  },
)

function inTurn(...parts: readonly Named[]): Named {
  return [parts.map(([name]) => name).join(', '), (run) => parts.forEach(([, act]) => act(run))]
}

/** A sequence of what may happen, as fast-check's commands: they shrink one by one, and are told by name. */
export const sequences: fc.Arbitrary<Iterable<fc.Command<object, Run>>> = fc.commands(
  [acts.map(([name, act]) => ({ check: () => true, run: (_model, run) => act(run), toString: () => name }))],
  { maxCommands: 80, size: 'max' },
)

/** Hosts fall silent for good, operators let it go on, and time passes. */
export function runOn(run: Run): void {
  for (let hour = 0; hour < 400; hour++) {
    run.now += HOUR_MS
    write(run, 'sweep', run.core.sweep(run.state, run.now))
    const state = stateOf(run.state.rollout)
    if (state === 'awaiting-approval') write(run, 'approve', approve(run.state, 'lead', run.now))
    if (state === 'paused') write(run, 'resume', resume(run.state, 'lead', run.now))
    if (state === 'halted') write(run, 'acknowledge', acknowledge(run.state, by, run.now))
    if (state === 'done' || (state === 'cancelled' && hour > 24)) break
  }
  write(run, 'the last', [], { last: true })
}
