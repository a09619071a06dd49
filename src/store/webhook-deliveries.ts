import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { WebhookDelivery } from './generated/sqlite/client.ts'

export type { WebhookDelivery }
export type WebhookDeliveryRows = ReturnType<typeof webhookDeliveryRows>

/** What became of each attempt to send to a webhook; a trigger forgets the oldest. */
export function webhookDeliveryRows(db: Db) {
  return {
    insert: async (row: WebhookDelivery) => {
      await db.webhookDelivery.create({ data: row })
    },

    list: (webhookId: string, page: PageOf) =>
      db.webhookDelivery.findMany({ where: { webhookId, ...afterId(page) }, ...pageArgs(page) }),

    last: (webhookId: string) =>
      db.webhookDelivery.findFirst({ where: { webhookId }, orderBy: { id: 'desc' } }),
  }
}
