import { z } from 'zod'
import { OrderedQuery, pageOf } from './page.ts'
import { Digest, Timestamp } from './scalars.ts'
import { Signed } from './signing.ts'

/** As many entries as a database can number. */
export const MAX_SEQ = 2 ** 31 - 1

export const AuditEntry = z
  .strictObject({
    seq: z.int().positive().describe('Its place in the chain: 1, 2, 3, without a gap.'),
    id: z.string(),
    at: Timestamp,
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    detail: z.record(z.string(), z.unknown()),
    request_id: z.string(),
    prev_hash: Digest.describe('The `hash` of the entry before it; 64 zeros in the first.'),
    hash: Digest.describe('SHA-256 of this entry without `hash`, as canonical JSON (RFC 8785).'),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

export const AuditPage = pageOf(AuditEntry, 'AuditPage')

export const AuditQuery = OrderedQuery.extend({
  target: z.string().max(100).optional(),
  actor: z.string().max(100).optional(),
  since: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_SEQ)
    .optional()
    .describe('Begin with the entry of this `seq`.'),
})

export const AuditHead = z
  .strictObject({
    seq: z.int().nonnegative().describe('Of the newest entry; 0: there is none.'),
    hash: Digest,
    at: Timestamp.describe('When this was asked.'),
    signed: Signed,
  })
  .meta({
    id: 'AuditHead',
    description:
      'A checkpoint: how far the audit has come. Kept elsewhere, it shows later whether any entry up to it was lost or changed. Its statement is `at`, `hash` and `seq` as canonical JSON (RFC 8785).',
  })
export type AuditHead = z.infer<typeof AuditHead>
