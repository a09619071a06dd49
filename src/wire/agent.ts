import { z } from 'zod'
import { BootEntry } from './boot-entry.ts'
import { AnyPlanBody } from './firmware-plan.ts'
import { RebootMode } from './reboot-mode.ts'
import { Signed } from './signing.ts'
import { Digest, PlanId, RolloutId, Timestamp } from './scalars.ts'

export const MAX_WAIT_SECONDS = 60

export const AssignmentQuery = z.strictObject({
  wait: z.coerce.number().int().min(0).max(MAX_WAIT_SECONDS).default(0).describe('Seconds to wait for one.'),
})

export const Assignment = z
  .strictObject({
    plan: z.strictObject({ id: PlanId, digest: Digest, body: AnyPlanBody }),
    boot_entry: BootEntry,
    rollout: RolloutId.optional().describe(
      'The rollout that granted it; none where an operator assigned it.',
    ),
    fence: z.int().positive().optional().describe('The grant.'),
    nonce: z.string().optional().describe('Good for one use.'),
    not_after: Timestamp.optional().describe('From then on the grant is void.'),
    issued_at: Timestamp.optional().describe("The service's own time of this answer."),
    reboot_mode: RebootMode.optional().describe('kexec, where it is not said.'),
    signed: Signed,
    post_boot: z.boolean().optional().describe('The service takes reports of the phase `booted`.'),
  })
  .meta({ id: 'Assignment' })
export type Assignment = z.infer<typeof Assignment>
