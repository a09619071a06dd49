import type { Millis } from './millis.ts'
import type { Share } from './share.ts'
import type { Freeze, RolloutSpec } from './spec.ts'
import { MOST_DURATION_MINUTES, type Window } from './window.ts'

/** What is wrong with a spec, and where: a path as in `windows/0/start`. */
export interface Fault {
  readonly at: string
  readonly detail: string
}

/** Everything that is wrong with a spec; with none, every other function here takes it. */
export function faultsOf(spec: RolloutSpec, isZone: (zone: string) => boolean): readonly Fault[] {
  const { waves, maxUnavailable, failureDomain, halt, deadlines, attempts } = spec
  return [
    ...waves.flatMap((w, i) => share(`waves/${i}`, w)),
    ...share('max_unavailable', maxUnavailable),
    ...share('halt/failures', halt.failures),
    ...share('halt/missing', halt.missing),
    ...(failureDomain ? whole('failure_domain/per_domain', failureDomain.perDomain ?? 1, 1) : []),
    ...whole('soak_ms', spec.soakMs, 0),
    ...whole('approvals', spec.approvals, 0),
    ...whole('deadlines/waiting_ms', deadlines.waitingMs ?? 1, 1),
    ...whole('deadlines/granted_ms', deadlines.grantedMs, 1),
    ...whole('deadlines/rebooting_ms', deadlines.rebootingMs, 1),
    ...whole('deadlines/cold_ms', deadlines.coldMs, 1),
    ...whole('deadlines/powercycle_ms', deadlines.powercycleMs, 1),
    ...whole('attempts/most', attempts.most, 1),
    ...whole('attempts/backoff_ms', attempts.backoffMs, 0),
    ...whole('attempts/most_backoff_ms', attempts.mostBackoffMs, attempts.backoffMs),
    ...spec.windows.flatMap((w, i) => window(`windows/${i}`, w, isZone)),
    ...spec.freezes.flatMap((f, i) => freeze(`freezes/${i}`, f)),
    ...spec.health.flatMap((h, i) => whole(`health/${i}/valid_ms`, h.validMs, 1)),
    ...twice(spec.health.map((h) => h.id)).map((i) => fault(`health/${i}/id`, 'two gates with one id')),
  ]
}

function share(at: string, of: Share): Fault[] {
  if ('count' in of) return whole(`${at}/count`, of.count, 1)
  const good = of.percent > 0 && of.percent <= 100
  return good ? [] : [fault(`${at}/percent`, `more than 0 and at most 100, not ${of.percent}`)]
}

function window(
  at: string,
  { days, start, durationMinutes, zone }: Window,
  isZone: (zone: string) => boolean,
) {
  const faults: Fault[] = []
  if (days.length === 0) faults.push(fault(`${at}/days`, 'a window needs a day'))
  if (!/^([01][0-9]|2[0-3]):[0-5][0-9]$/.test(start)) faults.push(fault(`${at}/start`, `HH:MM, not ${start}`))
  if (!isZone(zone)) faults.push(fault(`${at}/zone`, `not a known time zone: ${zone}`))
  faults.push(...whole(`${at}/duration_minutes`, durationMinutes, 1))
  if (durationMinutes > MOST_DURATION_MINUTES)
    faults.push(fault(`${at}/duration_minutes`, `at most a week, ${MOST_DURATION_MINUTES}`))
  return faults
}

function freeze(at: string, { from, until }: Freeze): Fault[] {
  const instant = (n: Millis) => Number.isSafeInteger(n)
  return instant(from) && instant(until) && from < until ? [] : [fault(at, 'until must come after from')]
}

function whole(at: string, n: number, least: number): Fault[] {
  return Number.isSafeInteger(n) && n >= least
    ? []
    : [fault(at, `a whole number of at least ${least}, not ${n}`)]
}

/** Indexes of what stood earlier already. */
function twice(ids: readonly string[]): number[] {
  return ids.flatMap((id, i) => (ids.indexOf(id) < i ? [i] : []))
}

function fault(at: string, detail: string): Fault {
  return { at, detail }
}
