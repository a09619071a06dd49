import type { Db, PageOf } from './db.ts'
import type { PlanState } from './generated/sqlite/client.ts'
import { plain } from './plain.ts'
import type { Sql } from './sql.ts'

export type { PlanState }
export type PlanStateRows = ReturnType<typeof planStateRows>

export type PlanStateChange = Pick<PlanState, 'state' | 'since' | 'detail'> &
  Partial<Pick<PlanState, 'bootId' | 'segments' | 'landing' | 'serial' | GrantOf>>

/** What a plan gets that was made for a grant. */
type GrantOf = 'rolloutId' | 'fence' | 'nonce'

/** Where each plan stands, beside the plan that never changes. */
export function planStateRows(db: Db, sql: Sql) {
  const table = plain<PlanState>(db, sql, 'PlanState')
  return {
    /** Of a plan that was just made: nobody waits for one that is assigned to nobody. */
    insert: (
      state: Pick<PlanState, 'planId' | 'hostId' | 'since' | 'detail'> & { readonly state: 'planned' },
    ) => table.insert(state),

    get: (planId: string): Promise<PlanState | null> => table.one({ planId }),

    /** Errors: throws where there is no such plan. */
    change: async (planId: string, change: PlanStateChange): Promise<PlanState> => {
      const [row] = await table.changed({ planId }, change)
      if (!row) throw new Error(`there is no ${planId}`)
      return row
    },

    /** The host's plans in one of these states, newest first. */
    of: (hostId: string, states: readonly string[]) =>
      table.find({ hostId, state: states }, { order: { by: 'planId', desc: true } }),

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
