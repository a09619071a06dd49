import type { Millis } from './millis.ts'
import type { HealthGate, HealthResult } from './spec.ts'

export interface Health {
  readonly verdict: 'pass' | 'wait' | 'fail'
  readonly since: Millis | null
  readonly sentence: string
  /** When it has to be asked again; `now` where no result counts any more. */
  readonly nextCheck: Millis | null
}

/** The newest result that speaks for this host; null where there is none. */
export function newestResult(
  results: readonly HealthResult[],
  gate: HealthGate,
  host: string,
  now: Millis,
): HealthResult | null {
  const whose = gate.scope === 'host' ? host : null
  return results
    .filter((r) => r.gate === gate.id && r.host === whose && r.at <= now)
    .reduce<HealthResult | null>((best, r) => (best && best.at > r.at ? best : r), null)
}

/**
 * What a gate says for one host: its newest result, for as long as a result counts.
 *
 * Inconclusive is neither: the host waits for a better answer, and nothing is halted.
 */
export function healthOf(
  gate: HealthGate,
  host: string,
  results: readonly HealthResult[],
  now: Millis,
): Health {
  const newest = newestResult(results, gate, host, now)
  if (newest === null) return { verdict: 'wait', since: null, sentence: 'no result yet', nextCheck: now }
  const { at: since, detail } = newest
  const nextCheck = since + gate.validMs
  if (nextCheck <= now)
    return { verdict: 'wait', since, sentence: 'its last result is too old', nextCheck: now }
  if (newest.verdict === 'inconclusive')
    return { verdict: 'wait', since, sentence: `inconclusive: ${detail}`, nextCheck }
  return { verdict: newest.verdict, since, sentence: detail, nextCheck }
}
