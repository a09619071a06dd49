import { z } from 'zod'
import { NewLeasePool, PoolName } from './lease.ts'
import { Timestamp, words } from './scalars.ts'

/** Clients count refusals by kind: there must be few of them. */
export const FLEETLOCK_KINDS = [
  'missing_header',
  'decode_error',
  'invalid_client_identity',
  'unknown_group',
  'group_disabled',
  'unknown_base_url',
  'method_not_allowed',
  'body_too_large',
  'failed_lock_semaphore_full',
  'failed_lock_held_otherwise',
  'failed_lock_paused',
  'too_many_requests',
  'internal_error',
  'unavailable',
] as const
export type FleetlockKind = (typeof FLEETLOCK_KINDS)[number]

/** No request is that long: a name, a group and what stands around them. */
export const MAX_FLEETLOCK_BODY = 16_384

export const FleetlockParams = z.strictObject({
  groupSecret: z.string().describe('From the base URL that an operator was given for the group.'),
})

/** Loose, because a request has many headers that are not the protocol's. */
export const FleetlockHeaders = z.looseObject({
  'fleet-lock-protocol': z
    .literal('true')
    .describe('Tells a request that is meant from one that was redirected.'),
})

/** Loose, because the protocol does not forbid more. */
export const FleetlockRequest = z
  .looseObject({
    client_params: z.looseObject({
      id: words(200).min(1).describe('Who holds; upper and lower case differ.'),
      group: z.string().regex(/^[a-zA-Z0-9.-]+$/),
    }),
  })
  .meta({ id: 'FleetlockRequest' })
export type FleetlockRequest = z.infer<typeof FleetlockRequest>

export const FleetlockRefusal = z
  .strictObject({ kind: z.enum(FLEETLOCK_KINDS), value: z.string().min(1).describe('For people.') })
  .meta({ id: 'FleetlockRefusal' })
export type FleetlockRefusal = z.infer<typeof FleetlockRefusal>

export const FleetlockGroupParams = z.strictObject({ group: PoolName })

export const NewFleetlock = NewLeasePool.extend({
  enabled: z.boolean().describe('Without it nobody gets a lock; giving one up always works.'),
  rotate: z.boolean().default(false).describe('Makes another base URL; the one before it ends at once.'),
}).meta({
  id: 'NewFleetlock',
  examples: [{ slots: 1, ttl_seconds: 3600, enabled: true, reason: 'one of them at a time' }],
})

export const Fleetlock = z
  .strictObject({
    group: PoolName,
    enabled: z.boolean(),
    slots: NewLeasePool.shape.slots,
    ttl_seconds: NewLeasePool.shape.ttl_seconds,
    base_url: z
      .string()
      .optional()
      .describe(
        'What clients are given. A secret, shown this once; under the name by which the service was asked.',
      ),
    base_url_since: Timestamp,
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
  })
  .meta({ id: 'Fleetlock' })
export type Fleetlock = z.infer<typeof Fleetlock>
