import type { Db } from './db.ts'
import { Prisma } from './generated/sqlite/client.ts'

export type TallyRows = ReturnType<typeof tallyRows>

/** So many things that have these in common. */
export type Tally<Name extends string> = { readonly [N in Name]: string } & { readonly count: number }

/** The last word on a plan. */
const JUDGED = ['landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing'] as const

/** How many there are of what: for whoever watches over the service. */
export function tallyRows(db: Db) {
  const all = { _count: { _all: true } } as const
  return {
    hosts: async (): Promise<Tally<'state' | 'arch'>[]> =>
      (await db.host.groupBy({ by: ['state', 'arch'], ...all })).map(counted),

    /** Hosts that somebody wants left alone. */
    optedOut: () => db.host.count({ where: { optOutAt: { not: null } } }),

    /** Hosts whose kernel would refuse a load. */
    refusing: () => db.host.count({ where: { loadRefusal: { not: null } } }),

    plans: async (): Promise<Tally<'state'>[]> =>
      (await db.planState.groupBy({ by: ['state'], ...all })).map(counted),

    /** Hosts by what came of the newest plan that anything has come of. */
    outcomes: async (): Promise<Tally<'state'>[]> => {
      const newest = await db.$queryRaw<{ state: string; count: bigint | number }[]>`
        SELECT "state", count(*) AS "count" FROM "PlanState" WHERE "planId" IN (
          SELECT max("planId") FROM "PlanState" WHERE "state" IN (${Prisma.join(JUDGED)}) GROUP BY "hostId"
        ) GROUP BY "state"`
      return newest.map(({ state, count }) => ({ state, count: Number(count) }))
    },

    /** Rollouts that are not under way. */
    rollouts: async (): Promise<Tally<'phase'>[]> =>
      (await db.rollout.groupBy({ by: ['phase'], where: { phase: { not: 'started' } }, ...all })).map(
        counted,
      ),

    startedRollouts: () => db.rollout.findMany({ where: { phase: 'started' } }),

    /** Hosts of rollouts that are under way. */
    members: async (): Promise<Tally<'state'>[]> =>
      (
        await db.rolloutMember.groupBy({ by: ['state'], where: { rollout: { phase: 'started' } }, ...all })
      ).map(counted),

    /** Every pool, with the leases that nobody has swept up yet. */
    pools: () => db.leasePool.findMany({ include: { leases: true } }),

    pins: async (): Promise<Tally<'purpose'>[]> =>
      (await db.pin.groupBy({ by: ['purpose'], ...all })).map(counted),

    pinChanges: async (): Promise<Tally<'change'>[]> =>
      (await db.pinChange.groupBy({ by: ['change'], ...all })).map(counted),

    snapshots: () => db.snapshot.count(),
  }
}

function counted<T extends { readonly _count: { readonly _all: number } }>({ _count, ...group }: T) {
  return { ...group, count: _count._all }
}
