import { WEEKDAYS, type Window } from '../../rollout/window.ts'
import type { Asked } from './history.ts'

const MINUTE = 60_000
const ZONE = 'Europe/Berlin'

/** Nights as others are, and those in which clocks are put forward and back. */
const STARTS = [
  '2026-03-10T20:55:00Z',
  '2026-03-28T22:40:00Z',
  '2026-06-30T19:50:00Z',
  '2026-10-24T21:50:00Z',
] as const

/** When a run of a seed begins. Units: ms since 1970. */
export function startOf(seed: number): number {
  return Date.parse(STARTS[Math.abs(seed) % STARTS.length] as string)
}

const OPENINGS: readonly (readonly [start: string, minutes: number])[] = [
  ['22:00', 75],
  ['23:30', 60],
  ['00:45', 60],
  ['02:10', 70],
  ['03:40', 80],
  ['05:15', 100],
  ['07:15', 120],
  ['09:30', 700],
]

export const WINDOWS: readonly Window[] = OPENINGS.map(([start, durationMinutes]) => ({
  days: WEEKDAYS,
  start,
  durationMinutes,
  zone: ZONE,
}))

export const POOL = 'fleet'
export const LEASE_TTL_MS = 20 * MINUTE
export const SOAK_MS = 4 * MINUTE
export const RACK_SIZE = 20
export const PER_RACK = 4
const UNAVAILABLE_PERCENT = 12
const SLOTS_PERCENT = 9
const FAILED_PERCENT = 5
const MISSING_PERCENT = 2

export function freezesFrom(start: number): readonly { readonly from: number; readonly until: number }[] {
  return [{ from: start + 65 * MINUTE, until: start + 75 * MINUTE }]
}

/** A small fleet would take days with a tenth of it. */
export function mostUnavailable(hosts: number): number {
  return Math.max(3, Math.floor((hosts * UNAVAILABLE_PERCENT) / 100))
}

/** Less than the two rollouts could take together. */
export function slotsFor(hosts: number): number {
  return Math.max(4, Math.floor((hosts * SLOTS_PERCENT) / 100))
}

/** What stands for the health of all that the fleet is there for. */
export const HEALTH_URL = 'http://health.fleet.invalid/'
export const HEALTHY_MS = 2 * MINUTE
export const APPROVALS = 1

/** What the checks go by: the same as `rolloutOf`, in the simulation's own words. */
export function askedFor(of: {
  readonly rollout: string
  readonly hosts: number
  readonly slots: number
  readonly start: number
}): Asked {
  const { rollout, hosts, slots, start } = of
  return {
    ...{ rollout, pool: POOL, slots, ttlMs: LEASE_TTL_MS, soakMs: SOAK_MS, windows: WINDOWS },
    ...{ maxUnavailable: mostUnavailable(hosts), perDomain: PER_RACK, freezes: freezesFrom(start) },
    ...{ approvals: APPROVALS, healthyMs: HEALTHY_MS },
  }
}

/** The rollout that so many hosts of one architecture get, as the API takes it. */
export function rolloutOf(of: {
  readonly arch: string
  readonly hosts: number
  readonly bootEntry: string
  readonly before: string
  readonly start: number
}): object {
  const { arch, hosts, bootEntry, before, start } = of
  return {
    name: `the ${arch} fleet`,
    selector: { arch },
    boot_entry: bootEntry,
    pool: POOL,
    waves: [{ count: 1 }, { percent: 10 }, { percent: 30 }],
    max_unavailable: { count: mostUnavailable(hosts) },
    failure_domain: { label: 'rack', per_domain: PER_RACK },
    soak_seconds: SOAK_MS / 1000,
    windows: WINDOWS.map(({ durationMinutes, ...same }) => ({ ...same, duration_minutes: durationMinutes })),
    freezes: freezesFrom(start).map(({ from, until }) => ({
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
      because: 'a freeze',
    })),
    health: [
      {
        ...{ id: 'all-well', kind: 'http', scope: 'rollout', valid_seconds: HEALTHY_MS / 1000 },
        probe: { url: HEALTH_URL },
      },
    ],
    approvals: APPROVALS,
    on_failure: 'roll-back',
    fallback_entry: before,
    halt: {
      failures: { count: Math.max(3, Math.floor((hosts * FAILED_PERCENT) / 100)) },
      missing: { count: Math.max(2, Math.floor((hosts * MISSING_PERCENT) / 100)) },
    },
    deadlines: { granted_seconds: 900, rebooting_seconds: 900 },
    attempts: { most: 3, backoff_seconds: 60 },
  }
}
