import { z } from 'zod'
import { REBOOT_MODES } from '../rollout/reboot-mode.ts'
import { Reason, Timestamp } from './scalars.ts'

export const RebootMode = z.enum(REBOOT_MODES).meta({
  id: 'RebootMode',
  description: 'kexec skips firmware, cold goes through it, powercycle cuts the power.',
})

/** How an operator wants one host rebooted. */
export const RebootModeSetting = z
  .strictObject({
    mode: z.enum([...REBOOT_MODES, 'auto']).describe('auto: as is known of its hardware model.'),
    reason: Reason,
    expires_at: Timestamp.nullable().default(null),
  })
  .meta({ id: 'RebootModeSetting' })
export type RebootModeSetting = z.infer<typeof RebootModeSetting>

export const OptOut = z.strictObject({ reason: z.string(), since: Timestamp }).meta({ id: 'OptOut' })
