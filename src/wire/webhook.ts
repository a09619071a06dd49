import { z } from 'zod'
import { Event, EventId } from './event.ts'
import { GroupName } from './host.ts'
import { OrderedQuery, pageOf } from './page.ts'
import { idOf, Reason, RolloutId, Timestamp } from './scalars.ts'

export const WebhookId = idOf('hook')
export const WebhookParams = z.strictObject({ webhookId: WebhookId })
export const DeliveryQuery = OrderedQuery

/** What no event is: the message of a test. */
export const PING = 'webhook.ping'

export const EventKind = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9.-]*\*?$/)
  .describe('The `kind` of an Event; with `*` as its last character, every kind that begins so.')

const given = {
  url: z.url().max(2000).describe('https, and public; or of an origin that the service was told of.'),
  kinds: z.array(EventKind).min(1).max(100).nullable().default(null).describe('null: every kind.'),
  rollout: RolloutId.nullable().default(null).describe('Only events of this rollout.'),
  group: GroupName.nullable()
    .default(null)
    .describe('Only events of hosts that are in this group when it is sent, and of the group itself.'),
  reason: Reason,
}

export const NewWebhook = z.strictObject(given).meta({
  id: 'NewWebhook',
  examples: [{ url: 'https://hooks.example/berth', kinds: ['plan-landed', 'rollout.*'], reason: 'on-call' }],
})

export const WebhookState = z.enum(['active', 'failing', 'disabled']).meta({
  id: 'WebhookState',
  description:
    'failing: an event was refused at every attempt of the schedule, and is tried once a day. disabled: it answered 410; nothing is sent.',
})

export const Delivery = z
  .strictObject({
    id: z.string(),
    message: z.string().describe('`webhook-id`: the same for every attempt to send one event.'),
    type: z.string(),
    attempt: z.int().positive(),
    at: Timestamp,
    outcome: z.enum(['delivered', 'failed', 'gone']).describe('gone: it answered 410.'),
    status: z.int().nullable().describe('HTTP; null where no answer came.'),
    detail: z.string(),
  })
  .meta({ id: 'Delivery' })
export type Delivery = z.infer<typeof Delivery>

export const Webhook = z
  .strictObject({
    ...{ id: WebhookId, url: z.string(), kinds: z.array(z.string()).nullable() },
    ...{ rollout: RolloutId.nullable(), group: GroupName.nullable(), reason: z.string() },
    state: WebhookState,
    since: Timestamp.describe('Since when it is in that state.'),
    position: EventId.describe('The last event that is done with: sent, or not wanted.'),
    failures: z.int().nonnegative().describe('How often the next event was tried in vain.'),
    next_attempt_at: Timestamp.nullable().describe('null: as soon as there is something to send.'),
    last_delivery: Delivery.nullable(),
    ...{ created_at: Timestamp, created_by: z.string() },
  })
  .meta({ id: 'Webhook' })
export type Webhook = z.infer<typeof Webhook>

export const MintedWebhook = Webhook.extend({
  secret: z.string().describe('By which receivers check signatures: `whsec_…`. Shown this once.'),
}).meta({ id: 'MintedWebhook' })

export const WebhookPage = pageOf(Webhook, 'WebhookPage')
export const DeliveryPage = pageOf(Delivery, 'DeliveryPage')

export const WebhookResumption = z
  .strictObject({
    from: z
      .enum(['position', 'now'])
      .default('position')
      .describe('now: what happened up to now is not sent any more.'),
    reason: Reason,
  })
  .meta({ id: 'WebhookResumption', examples: [{ from: 'position', reason: 'the receiver is back' }] })

export const Ping = z
  .strictObject({ message: z.string().describe('Of the delivery that will show what became of it.') })
  .meta({ id: 'Ping' })

/** What receivers get. */
export const WebhookMessage = z
  .strictObject({
    type: z.string().describe('The kind of the event, or `webhook.ping`.'),
    timestamp: Timestamp.describe('When it happened.'),
    data: z.union([Event, z.strictObject({ webhook: WebhookId })]),
  })
  .meta({ id: 'WebhookMessage' })
export type WebhookMessage = z.infer<typeof WebhookMessage>
