import { z } from 'zod'
import { MEMBER_EVENTS, ROLLOUT_EVENTS } from '../rollout/transitions.ts'
import { OrderedQuery, pageOf } from './page.ts'
import { HostId, PlanId, Timestamp } from './scalars.ts'

const KINDS = [...new Set(['create', ...ROLLOUT_EVENTS, ...MEMBER_EVENTS, 'unhealthy'] as const)]
const Kind = z.enum(KINDS)

export const RolloutEvent = z
  .strictObject({
    at: Timestamp,
    kind: Kind.describe('What happened to the rollout, or to the host that is named.'),
    by: z.string().nullable().describe('Who did it: a key, or berth by itself; null for what a host did.'),
    host: HostId.nullable(),
    plan: PlanId.nullable(),
    detail: z.string(),
  })
  .meta({ id: 'RolloutEvent' })
export type RolloutEvent = z.infer<typeof RolloutEvent>

export const RolloutEventPage = pageOf(RolloutEvent, 'RolloutEventPage')

export const RolloutEventQuery = OrderedQuery.extend({
  host: HostId.optional().describe('Only what this host did.'),
  kind: Kind.optional(),
})
