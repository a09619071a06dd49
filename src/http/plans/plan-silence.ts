import type { PlanState } from '../../store/plan-states.ts'

/** A host that jumped for an operator and says nothing for so long is missing; a rollout has its own deadlines. */
const SILENCE_MS = 15 * 60 * 1000

/** Whether the host of this plan is missing by now. */
export function isSilent(
  { state, since, rolloutId }: Pick<PlanState, 'state' | 'since' | 'rolloutId'>,
  at: Date,
): boolean {
  return state === 'executing' && rolloutId === null && at.getTime() - since.getTime() >= SILENCE_MS
}
