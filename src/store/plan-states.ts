import type { Db, PageOf } from './db.ts'
import type { PlanState } from './generated/sqlite/client.ts'

export type { PlanState }
export type PlanStateRows = ReturnType<typeof planStateRows>

export type PlanStateChange = Pick<PlanState, 'state' | 'since' | 'detail'> &
  Partial<Pick<PlanState, 'bootId' | 'segments' | 'landing' | 'serial' | GrantOf>>

/** What a plan gets that was made for a grant. */
type GrantOf = 'rolloutId' | 'fence' | 'nonce'

/** Where each plan stands, beside the plan that never changes. */
export function planStateRows(db: Db) {
  return {
    insert: (state: Omit<PlanState, 'serial' | GrantOf> & Partial<PlanState>) =>
      db.planState.create({ data: state }),

    get: (planId: string) => db.planState.findUnique({ where: { planId } }),

    change: (planId: string, change: PlanStateChange) =>
      db.planState.update({ where: { planId }, data: change }),

    /** The host's plans in one of these states, newest first. */
    of: (hostId: string, states: readonly string[]) =>
      db.planState.findMany({
        where: { hostId, state: { in: [...states] } },
        orderBy: { planId: 'desc' },
      }),

    list: (hostId: string, { after, limit, order }: PageOf) =>
      db.planState.findMany({
        where: {
          hostId,
          ...(after !== null && { planId: order === 'newest' ? { lt: after } : { gt: after } }),
        },
        orderBy: { planId: order === 'newest' ? 'desc' : 'asc' },
        take: limit + 1,
      }),

    /** The boot entry that this host came up with last as planned; one is left out. */
    lastProven: async (hostId: string, otherThan: string) => {
      const proven = [{ state: 'landed' }, { state: 'cold-booted', plan: { strategy: 'firmware' } }]
      const found = await db.planState.findFirst({
        where: { hostId, OR: proven, plan: { bootEntryId: { not: otherThan } } },
        orderBy: { planId: 'desc' },
        select: { plan: { select: { bootEntryId: true } } },
      })
      return found?.plan.bootEntryId ?? null
    },

    /** Hosts that an operator has assigned a plan, and no rollout. */
    assignedAlone: async () => {
      const rows = await db.planState.findMany({
        where: { state: 'assigned', rolloutId: null },
        select: { hostId: true },
      })
      return rows.map((row) => row.hostId)
    },

    /** What came of plans that hosts of one model were to go by kexec with. */
    kexecEnds: (hardwareModel: string, of: { readonly states: readonly string[]; readonly after: Date }) =>
      db.planState.findMany({
        where: {
          state: { in: [...of.states] },
          since: { gt: of.after },
          plan: { purpose: 'reboot', strategy: { not: 'firmware' }, host: { hardwareModel } },
        },
        orderBy: { planId: 'asc' },
      }),

    /** Hosts in the middle of a jump for which no rollout has sent them. */
    executingAlone: () =>
      db.planState.findMany({
        where: { state: 'executing', rolloutId: null },
        select: { hostId: true, since: true, state: true, rolloutId: true },
      }),
  }
}
