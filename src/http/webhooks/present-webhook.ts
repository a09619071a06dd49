import type { Rows } from '../../store/open-store.ts'
import type { WebhookDelivery as DeliveryRow } from '../../store/webhook-deliveries.ts'
import type { Webhook as WebhookRow } from '../../store/webhooks.ts'
import type { Delivery, Webhook } from '../../wire/webhook.ts'

/** A webhook as admins see it; never its secret. */
export async function presentWebhook(rows: Rows, row: WebhookRow): Promise<Webhook> {
  const { id, url, kinds, rolloutId: rollout, group, reason, createdBy, failures, state } = row
  const last = await rows.webhookDeliveries.last(id)
  return {
    ...{ id, url, kinds: kinds === null ? null : (JSON.parse(kinds) as string[]), rollout, group, reason },
    state: state as Webhook['state'],
    since: row.stateSince.toISOString(),
    position: String(row.cursor),
    failures,
    next_attempt_at: row.nextAt?.toISOString() ?? null,
    last_delivery: last && presentDelivery(last),
    created_at: row.createdAt.toISOString(),
    created_by: createdBy,
  }
}

export function presentDelivery(row: DeliveryRow): Delivery {
  const { id, messageId: message, kind: type, attempt, at, outcome, status, detail } = row
  const what = { id, message, type, attempt, at: at.toISOString() }
  return { ...what, outcome: outcome as Delivery['outcome'], status, detail }
}
