import { applied, type Change } from '../../src/rollout/change.ts'
import { draft, enlist, type Recruit } from '../../src/rollout/enlist.ts'
import type { Pool } from '../../src/rollout/lease.ts'
import { MINUTE_MS, type Millis } from '../../src/rollout/millis.ts'
import type { Result } from '../../src/rollout/result.ts'
import { memberOf, type Member, type Rollout, type RolloutState } from '../../src/rollout/rollout.ts'
import type { RolloutSpec } from '../../src/rollout/spec.ts'
import { at, offsetAt } from './clock.ts'

/** A Monday. */
export const T0 = at('2026-06-01T12:00:00Z')

export const minutes = (n: number) => n * MINUTE_MS

/** Nothing stands in the way, one wave, one host at a time. */
export const SPEC: RolloutSpec = {
  bootEntry: 'boot_1',
  waves: [{ percent: 100 }],
  maxUnavailable: { count: 1 },
  failureDomain: null,
  soakMs: minutes(30),
  windows: [],
  freezes: [],
  health: [],
  halt: {
    failures: { count: 9 },
    missing: { count: 9 },
    counted: ['failed', 'cold-booted', 'landed-elsewhere', 'rolled-back'],
  },
  deadlines: {
    waitingMs: null,
    grantedMs: minutes(20),
    rebootingMs: minutes(15),
    coldMs: minutes(45),
    powercycleMs: minutes(50),
  },
  attempts: { most: 1, backoffMs: minutes(2), mostBackoffMs: minutes(60) },
  approvals: 0,
  onFailure: 'hold',
  fallbackEntry: null,
}

export const POOL: Pool = {
  name: 'default',
  policy: { slots: 5, ttlMs: minutes(60) },
  lastFence: 0,
  leases: [],
}

export interface Wanted {
  readonly spec?: Partial<RolloutSpec>
  /** Host names, each with its failure domain after a slash: `h1/r1`. */
  readonly hosts?: readonly string[]
  readonly rollout?: Partial<Rollout>
  readonly pool?: Partial<Pool>
  readonly results?: RolloutState['results']
  readonly others?: RolloutState['others']
  readonly neighbours?: RolloutState['neighbours']
  readonly now?: Millis
}

/** A rollout that started at `T0`. */
export function rollout(wanted: Wanted = {}): RolloutState {
  const spec = { ...SPEC, ...wanted.spec }
  const started: Rollout = { ...draft('roll_1', 'kernel-team', T0), phase: 'started', waveSince: T0 }
  return {
    spec,
    rollout: { ...started, ...wanted.rollout },
    members: enlist(spec, (wanted.hosts ?? ['h1', 'h2', 'h3']).map(recruit), T0),
    pool: { ...POOL, ...wanted.pool },
    results: wanted.results ?? [],
    others: wanted.others ?? [],
    neighbours: wanted.neighbours ?? [],
    offsetAt,
  }
}

const NO_HOLDS = { quarantined: null, optedOut: null, preflight: null }

export function recruit(text: string): Recruit {
  const [host, domain] = text.split('/')
  return { host: host as string, domain: domain ?? null, ...NO_HOLDS }
}

/** The state with one host's row changed by hand. */
export function withMember(state: RolloutState, host: string, change: Partial<Member>): RolloutState {
  const members = state.members.map((m) => (m.host === host ? { ...m, ...change } : m))
  return { ...state, members }
}

/** The state after changes, or after changes that must not have been refused. */
export function after(
  state: RolloutState,
  changes: readonly Change[] | Result<readonly Change[], unknown>,
): RolloutState {
  if (!('ok' in changes)) return applied(state, changes)
  if (!changes.ok) throw new Error(`refused: ${JSON.stringify(changes.error)}`)
  return applied(state, changes.value)
}

export function stateOfHost(state: RolloutState, host: string): string | undefined {
  return memberOf(state, host)?.state
}

/** Changes as short words, in order: `member lapse h1`. */
export function words(changes: readonly Change[]): string[] {
  return changes.map((c) => {
    if (c.of === 'heard') return `heard ${c.row.host}`
    if (c.of === 'lease') return `lease ${c.event} ${c.lease.holder}`
    return c.of === 'member' ? `member ${c.event} ${c.row.host}` : `rollout ${c.event}`
  })
}
