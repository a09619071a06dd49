import { z } from 'zod'
import { pageOf, PageQuery } from './page.ts'
import { HostId, idOf, Reason, RolloutId, Timestamp, words } from './scalars.ts'

const MAX_SLOTS = 1_000_000
const WEEK_S = 604_800

export const LeaseId = idOf('lease')

/** As FleetLock takes its groups. */
export const PoolName = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$/)

export const Lease = z
  .strictObject({
    id: LeaseId,
    pool: PoolName,
    fence: z.int().positive().describe('Never given out again in this pool.'),
    holder: z.string().describe('A host, or what a FleetLock client calls itself.'),
    rollout: RolloutId.nullable(),
    since: Timestamp,
    renewed_at: Timestamp,
    until: Timestamp.describe("By today's policy of the pool."),
  })
  .meta({ id: 'Lease' })
export type Lease = z.infer<typeof Lease>

export const LeasePage = pageOf(Lease, 'LeasePage')
export const LeaseQuery = PageQuery.extend({
  pool: PoolName.optional(),
  holder: words(200).optional(),
  host: HostId.optional(),
})
export const LeaseParams = z.strictObject({ leaseId: LeaseId })
export const LeaseRelease = z.strictObject({ reason: Reason }).meta({ id: 'LeaseRelease' })

const policy = {
  slots: z.int().min(0).max(MAX_SLOTS).describe('How many hosts may be away at once.'),
  ttl_seconds: z
    .int()
    .min(60)
    .max(WEEK_S)
    .describe('Counted from the last renewal, for leases held already too.'),
}

export const NewLeasePool = z.strictObject({ ...policy, reason: Reason }).meta({
  id: 'NewLeasePool',
  examples: [{ slots: 5, ttl_seconds: 3600, reason: 'no more than five at once' }],
})

export const LeasePool = z
  .strictObject({
    name: PoolName,
    ...policy,
    held: z.int().nonnegative(),
    last_fence: z.int().nonnegative(),
    generation: z.int().nonnegative(),
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
  })
  .meta({ id: 'LeasePool' })
export type LeasePool = z.infer<typeof LeasePool>

export const LeasePoolPage = pageOf(LeasePool, 'LeasePoolPage')
export const LeasePoolParams = z.strictObject({ pool: PoolName })
