import type { Db } from './db.ts'
import type { PlanState } from './generated/sqlite/client.ts'

export type { PlanState }
export type PlanStateRows = ReturnType<typeof planStateRows>

export type PlanStateChange = Pick<PlanState, 'state' | 'since' | 'detail'> &
  Partial<Pick<PlanState, 'bootId' | 'segments' | 'landing' | GrantOf>>

/** What a plan gets that was made for a grant. */
type GrantOf = 'rolloutId' | 'fence' | 'nonce'

/** Where each plan stands, beside the plan that never changes. */
export function planStateRows(db: Db) {
  return {
    insert: (state: Omit<PlanState, GrantOf> & Partial<PlanState>) => db.planState.create({ data: state }),

    get: (planId: string) => db.planState.findUnique({ where: { planId } }),

    change: (planId: string, change: PlanStateChange) =>
      db.planState.update({ where: { planId }, data: change }),

    /** The host's plans in one of these states, newest first. */
    of: (hostId: string, states: readonly string[]) =>
      db.planState.findMany({
        where: { hostId, state: { in: [...states] } },
        orderBy: { planId: 'desc' },
      }),

    /** Hosts in the middle of a jump for which no rollout has sent them. */
    executingAlone: () =>
      db.planState.findMany({
        where: { state: 'executing', rolloutId: null },
        select: { hostId: true, since: true },
      }),
  }
}
