import type { PlanFailure } from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { Plan } from '../../store/plans.ts'
import { PLANNER_CODES } from '../contract.ts'
import { RequestFailed, type Failure } from '../failure.ts'
import { makePlan, type Wanted } from './make-plan.ts'
import type { Writing } from '../write.ts'

type Planned = { readonly plan: Plan } | { readonly refused: PlanFailure }

/** A plan, or why the planner refuses one: it does so before anything of the plan is written. */
export async function planOrRefusal(writing: Writing, host: Host, wanted: Wanted): Promise<Planned> {
  try {
    return { plan: await makePlan(writing, host, wanted) }
  } catch (thrown) {
    if (thrown instanceof RequestFailed && isRefusal(thrown.failure)) return { refused: thrown.failure }
    throw thrown
  }
}

function isRefusal(failure: Failure): failure is PlanFailure {
  return PLANNER_CODES.some((code) => code === failure.code)
}
