import { z } from 'zod'
import { HostId, PlanId, RolloutId, Timestamp } from './scalars.ts'

/** The number of an event. Decimal text, since `Last-Event-ID` is text. */
export const EventId = z.string().regex(/^(0|[1-9][0-9]{0,14})$/)

export const Event = z
  .strictObject({
    id: EventId.describe('Grows in the order in which things came to be so.'),
    at: Timestamp,
    kind: z
      .string()
      .describe(
        'As in timelines (`plan-landed`, `rollout-grant`) or in the audit (`rollout.halt`, `lease.acquire`, `pause.set`); `gap`: what came before is no longer kept.',
      ),
    host: HostId.nullable(),
    rollout: RolloutId.nullable(),
    plan: PlanId.nullable(),
    target: z.string().describe('What it happened to: an id, a pool, a scope.'),
    detail: z.string(),
  })
  .meta({ id: 'Event', description: 'The `data` of one server-sent event.' })
export type Event = z.infer<typeof Event>

export const EventQuery = z.strictObject({
  after: EventId.optional().describe(
    'Begin behind this event; 0: with all that is kept. `Last-Event-ID` goes before it. Default: from now on.',
  ),
  host: HostId.optional(),
  rollout: RolloutId.optional(),
  follow: z
    .enum(['true', 'false'])
    .default('true')
    .describe('false: end after what there is; the last `id:` is where to go on.'),
})

export type EventQuery = z.infer<typeof EventQuery>

/** Loose, because a request has many headers that are not the contract's. */
export const EventHeaders = z.looseObject({
  'last-event-id': EventId.optional().describe('The last one that was seen; a browser sends it by itself.'),
})
