import { afterId, pageArgs, type Db, type PageOf } from './db.ts'
import type { Prisma, Webhook } from './generated/sqlite/client.ts'

export type { Webhook }
export type WebhookRows = ReturnType<typeof webhookRows>

/** As many are sent to at once; the others' turn comes as soon as one of them is done. */
const MOST_AT_ONCE = 20

/** Leave to send to one webhook, for as long as one process needs. */
export interface Claim {
  readonly claim: string
  readonly claimUntil: Date
}

/** Whom events are sent to. */
export function webhookRows(db: Db) {
  return {
    insert: (row: Prisma.WebhookCreateInput): Promise<Webhook> => db.webhook.create({ data: row }),

    get: (id: string) => db.webhook.findUnique({ where: { id } }),

    list: (page: PageOf) => db.webhook.findMany({ where: afterId(page), ...pageArgs(page) }),

    /** Those for which there may be something to send now, and to which nobody sends. */
    due: ({ at, latest }: Moment, newest: number) =>
      db.webhook.findMany({
        where: {
          AND: [
            free({ at, latest }),
            {
              OR: [
                { ping: { not: null } },
                {
                  state: { not: 'disabled' },
                  cursor: { lt: newest },
                  OR: [{ nextAt: null }, { nextAt: { lte: at } }],
                },
              ],
            },
          ],
        },
        orderBy: { nextAt: 'asc' },
        take: MOST_AT_ONCE,
      }),

    /** Whether it was free; of two that ask at once one gets it. */
    claim: async (id: string, at: Date, claim: Claim): Promise<boolean> =>
      (
        await db.webhook.updateMany({
          where: { id, ...free({ at, latest: claim.claimUntil }) },
          data: claim,
        })
      ).count === 1,

    /** Changes it for whoever has the claim; false where that was lost meanwhile. */
    change: async (id: string, claim: string, change: Prisma.WebhookUpdateManyMutationInput) =>
      (await db.webhook.updateMany({ where: { id, claim }, data: change })).count === 1,

    /** Changes it and takes it from whoever sends to it now: what comes of that no longer counts. */
    take: (id: string, change: Prisma.WebhookUpdateInput): Promise<Webhook> =>
      db.webhook.update({ where: { id }, data: { ...change, claim: null, claimUntil: null } }),

    /** Asks for a ping, beside whatever is being sent. */
    ping: async (id: string, message: string) => {
      await db.webhook.update({ where: { id }, data: { ping: message } })
    },

    reseal: async (id: string, secret: Uint8Array<ArrayBuffer>) => {
      await db.webhook.updateMany({ where: { id }, data: { secret } })
    },

    remove: async (id: string) => {
      await db.webhook.deleteMany({ where: { id } })
    },
  }
}

/** Now, and until when somebody who claims now may hold it. */
export interface Moment {
  readonly at: Date
  readonly latest: Date
}

/** A claim that ends later than any could was made before the clock was put back. */
function free({ at, latest }: Moment) {
  return { OR: [{ claimUntil: null }, { claimUntil: { lte: at } }, { claimUntil: { gt: latest } }] }
}
