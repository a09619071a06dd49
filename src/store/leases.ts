import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Lease, LeasePool } from './generated/sqlite/client.ts'

export type { Lease, LeasePool }
export type LeaseRows = ReturnType<typeof leaseRows>

export interface LeaseFilter {
  readonly pool?: string
  readonly holder?: string
}

/** Who may be away, by pool. */
export function leaseRows(db: Db) {
  return {
    pool: (name: string) => db.leasePool.findUnique({ where: { name } }),

    pools: ({ after, limit }: PageOf) =>
      db.leasePool.findMany({
        where: after === null ? {} : { name: { gt: after } },
        orderBy: { name: 'asc' },
        take: limit + 1,
      }),

    setPool: (row: LeasePool) => db.leasePool.upsert({ where: { name: row.name }, create: row, update: row }),

    get: (id: string) => db.lease.findUnique({ where: { id } }),

    of: (pool: string) => db.lease.findMany({ where: { pool }, orderBy: { fence: 'asc' } }),

    ofHolder: (holder: string) => db.lease.findMany({ where: { holder }, orderBy: { id: 'asc' } }),

    /** Those of no rollout, with the policy of their pool. */
    outside: () =>
      db.lease.findMany({
        where: { rolloutId: null },
        include: { of: { select: { slots: true, ttlMs: true } } },
        orderBy: { id: 'asc' },
      }),

    list: (page: PageOf, filter: LeaseFilter) =>
      db.lease.findMany({ where: { ...filter, ...afterId(page) }, ...pageArgs(page) }),

    insert: (row: Lease) => db.lease.create({ data: row }),

    renew: async ({ pool, fence }: LeaseName, term: Pick<Lease, 'renewedAt' | 'expiresAt'>) => {
      await db.lease.update({ where: { pool_fence: { pool, fence } }, data: term })
    },

    remove: async ({ pool, fence }: LeaseName) => {
      await db.lease.deleteMany({ where: { pool, fence } })
    },
  }
}

type LeaseName = Pick<Lease, 'pool' | 'fence'>
