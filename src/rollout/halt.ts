import type { Millis } from './millis.ts'
import { isAsMeant, some, type Halt, type Member, type RolloutState } from './rollout.ts'
import { reaches, shareText, type Share } from './share.ts'
import type { FailingOutcome } from './spec.ts'

/**
 * Whether the rollout must stop by itself, and why; null while it may go on.
 *
 * A host counts by what came of its last attempt, also while it waits for the next one. What somebody has
 * acknowledged doesn't count again: after that the thresholds are reached by new outcomes only.
 */
export function haltReason(state: RolloutState, now: Millis): Halt | null {
  const { failures, missing, counted } = state.spec.halt
  const fresh = state.members.filter((m) => !m.acknowledged && m.outcome !== null)
  const failed = fresh.filter((m) => !isAsMeant(m) && counted.includes(m.outcome as FailingOutcome))
  const gone = fresh.filter((m) => m.outcome === 'missing')
  return (
    reached(state, now, 'failures', failed, failures) ??
    reached(state, now, 'missing', gone, missing) ??
    unwell(state, now)
  )
}

function reached(
  { members }: RolloutState,
  at: Millis,
  cause: 'failures' | 'missing',
  counted: readonly Member[],
  threshold: Share,
): Halt | null {
  if (!reaches(counted.length, threshold, members.length)) return null
  const hosts = counted.map((m) => m.host)
  const what = cause === 'failures' ? 'failed' : 'went missing'
  const sentence = `${hosts.length} of ${members.length} hosts ${what}, and ${shareText(threshold)} halt the rollout: ${some(hosts)}`
  return { at, cause, hosts, sentence }
}

/** A gate that failed and halts, on a result that is newer than the last acknowledgement. */
function unwell(state: RolloutState, now: Millis): Halt | null {
  const since = Math.max(state.rollout.phaseSince, state.rollout.acknowledgedAt ?? 0)
  for (const gate of state.spec.health.filter((g) => g.onFail === 'halt')) {
    const failed = state.results.filter(
      (r) => r.gate === gate.id && r.verdict === 'fail' && r.at > since && r.at <= now,
    )
    if (failed.length === 0) continue
    const hosts = failed.flatMap((r) => r.host ?? [])
    return { at: now, cause: 'health', hosts, sentence: `${gate.id}: ${failed.at(-1)?.detail}` }
  }
  return null
}
