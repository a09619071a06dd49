import { z } from 'zod'
import { MachineId } from './host.ts'
import { Problem } from './problem.ts'
import { HostId, SnapshotId } from './scalars.ts'
import { NewSnapshot } from './snapshot.ts'

/** Beyond these the rest of a request is not read: what takes longer than a request may is cut off without a word. */
export const MAX_BULK_LINES = 1000

const [example] = NewSnapshot.meta()?.['examples'] as [object]

/** One line of a bulk: a snapshot, and whose it is. */
export const BulkSnapshot = NewSnapshot.extend({
  host: HostId.optional(),
  machine_id: MachineId.optional().describe('In place of `host`: as the host enrolled.'),
})
  .refine(({ host, machine_id }) => (host === undefined) !== (machine_id === undefined), {
    error: 'give one of host and machine_id',
  })
  .meta({
    id: 'BulkSnapshot',
    description: 'One line of NDJSON: what one host would post, and which host that is.',
    examples: [{ machine_id: '0123456789abcdef0123456789abcdef', ...example }],
  })
export type BulkSnapshot = z.infer<typeof BulkSnapshot>

export const BulkResult = z
  .strictObject({
    line: z
      .int()
      .min(1)
      .describe('Of the request; lines without anything in them count, and have no result.'),
    status: z
      .int()
      .describe(
        'What this snapshot alone would have been answered with: 201 for a new one, 200 for one that is known.',
      ),
    host: HostId.nullable().describe('Null where it is not known whose the line is.'),
    snapshot: SnapshotId.nullable(),
    problem: Problem.nullable().describe('Why nothing of this line was kept.'),
  })
  .meta({ id: 'BulkResult' })
export type BulkResult = z.infer<typeof BulkResult>

export const BulkSummary = z
  .strictObject({
    summary: z.strictObject({
      results: z.int(),
      created: z.int(),
      known: z.int(),
      failed: z.int(),
    }),
  })
  .meta({ id: 'BulkSummary', description: 'The last line: without it the answer is not whole.' })
export type BulkSummary = z.infer<typeof BulkSummary>

export const BulkLine = z
  .union([BulkResult, BulkSummary])
  .meta({ id: 'BulkLine', description: 'One line of NDJSON.' })
