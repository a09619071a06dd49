import { z } from 'zod'

export const MAX_LIMIT = 500

/** What every list takes; strict, so an unknown parameter is an error and not a surprise. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before.'),
})

/** The same for lists of which the newest are asked for more often than the oldest. */
export const OrderedQuery = PageQuery.extend({
  order: z.enum(['oldest', 'newest']).default('oldest').describe('Which come first.'),
})

export const NoQuery = z.strictObject({})

/** One page of a list. */
export function pageOf<T extends z.ZodType>(item: T, id: string) {
  return z
    .strictObject({ items: z.array(item), next_cursor: z.string().nullable() })
    .meta({ id, description: 'A page; `next_cursor` is null on the last one.' })
}
