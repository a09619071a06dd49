import { newId } from '../../store/new-id.ts'
import type { Plan } from '../../store/plans.ts'
import type { Writing } from '../write.ts'

/** Stores a plan that was just made, where it stands, and that in the host's timeline. */
export async function keepPlan(
  { rows, at }: Writing,
  made: Omit<Plan, 'id' | 'createdAt'>,
  detail: string,
): Promise<Plan> {
  const plan = { ...made, id: newId('plan', at), createdAt: at }
  await rows.plans.insert(plan)
  const { id: planId, hostId, snapshotId } = plan
  await rows.planStates.insert({
    ...{ planId, hostId, state: 'planned', since: at, detail: '' },
  })
  const event = { id: newId('ev', at), hostId, at, kind: 'plan-planned', detail }
  await rows.timeline.append({ ...event, plan: planId, snapshot: snapshotId })
  return plan
}
