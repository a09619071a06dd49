import { z } from 'zod'
import { BootEntry } from './boot-entry.ts'
import { PlanBody } from './plan-body.ts'
import { Digest, PlanId } from './scalars.ts'

export const MAX_WAIT_SECONDS = 60

export const AssignmentQuery = z.strictObject({
  wait: z.coerce.number().int().min(0).max(MAX_WAIT_SECONDS).default(0).describe('Seconds to wait for one.'),
})

export const Assignment = z
  .strictObject({
    plan: z.strictObject({ id: PlanId, digest: Digest, body: PlanBody }),
    boot_entry: BootEntry,
  })
  .meta({ id: 'Assignment' })
export type Assignment = z.infer<typeof Assignment>
