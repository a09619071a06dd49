import { faultsOf } from '../../rollout/faults.ts'
import type { RolloutSpec } from '../../rollout/spec.ts'
import type { NewRollout } from '../../wire/rollout-spec.ts'
import { RequestFailed } from '../failure.ts'
import { isZone } from './zone-offset.ts'

/** A spec as the core takes it. Units: milliseconds. */
export function coreSpec(wire: NewRollout): RolloutSpec {
  const { deadlines, attempts, failure_domain: domain } = wire
  return {
    bootEntry: wire.boot_entry,
    waves: wire.waves,
    maxUnavailable: wire.max_unavailable,
    failureDomain: domain && { label: domain.label, perDomain: domain.per_domain },
    soakMs: wire.soak_seconds * 1000,
    windows: wire.windows.map(({ duration_minutes, ...same }) => ({
      ...same,
      durationMinutes: duration_minutes,
    })),
    freezes: wire.freezes.map(({ from, until, because }) => ({
      from: Date.parse(from),
      until: Date.parse(until),
      because,
    })),
    health: wire.health.map(({ id, kind, scope, valid_seconds, on_fail }) => ({
      ...{ id, kind, scope },
      validMs: valid_seconds * 1000,
      onFail: on_fail,
    })),
    halt: wire.halt,
    deadlines: {
      waitingMs: deadlines.waiting_seconds === null ? null : deadlines.waiting_seconds * 1000,
      grantedMs: deadlines.granted_seconds * 1000,
      rebootingMs: deadlines.rebooting_seconds * 1000,
      coldMs: deadlines.cold_seconds * 1000,
      powercycleMs: deadlines.powercycle_seconds * 1000,
    },
    attempts: {
      most: attempts.most,
      backoffMs: attempts.backoff_seconds * 1000,
      mostBackoffMs: attempts.most_backoff_seconds * 1000,
    },
    approvals: wire.approvals,
    onFailure: wire.on_failure,
    fallbackEntry: wire.fallback_entry,
  }
}

/**
 * Holds a spec back that the core would not take.
 *
 * Errors: `invalid-input` with every fault: zones, freezes, gates, and probes of whom nobody may ask.
 */
export function mustBeSound(wire: NewRollout, mayAsk: (url: string) => boolean): void {
  const errors = [
    ...faultsOf(coreSpec(wire), isZone).map(({ at, detail }) => ({
      pointer: `/${at.replace(/_ms$/, '_seconds')}`,
      code: 'invalid',
      detail,
    })),
    ...wire.health.flatMap((gate, i) =>
      faultsOfGate(gate, mayAsk).map((detail) => ({ pointer: `/health/${i}`, code: 'invalid', detail })),
    ),
  ]
  if (errors.length > 0) throw new RequestFailed({ code: 'invalid-input', errors })
}

function faultsOfGate(
  { kind, scope, probe }: NewRollout['health'][number],
  mayAsk: (url: string) => boolean,
): string[] {
  const faults: string[] = []
  if (kind === 'kdump' && scope !== 'host') faults.push('kdump is ready on each host for itself: scope host')
  if (probe === null) return faults
  if (kind !== 'http' && kind !== 'prometheus') return [...faults, `${kind} has no probe`]
  if (scope === 'host') faults.push('a probe asks for all hosts at once: scope rollout')
  if (!mayAsk(probe.url)) faults.push('the service was not told that it may ask there (BERTH_PROBE_ORIGINS)')
  if (kind === 'prometheus') {
    if (probe.query === undefined) faults.push('prometheus wants a query')
    if (probe.most === undefined && probe.least === undefined) faults.push('prometheus wants most or least')
  }
  return faults
}
