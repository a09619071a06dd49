import { z } from 'zod'
import { OrderedQuery, pageOf } from './page.ts'
import { Timestamp } from './scalars.ts'

export const AuditEntry = z
  .strictObject({
    id: z.string(),
    at: Timestamp,
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    detail: z.record(z.string(), z.unknown()),
    request_id: z.string(),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditPage = pageOf(AuditEntry, 'AuditPage')

export const AuditQuery = OrderedQuery.extend({
  target: z.string().max(100).optional(),
  actor: z.string().max(100).optional(),
})
