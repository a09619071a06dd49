import { z } from 'zod'
import { PlanBody } from './plan-body.ts'
import { ArchName } from './scalars.ts'

export const FirmwarePlan = z
  .strictObject({
    purpose: z.literal('reboot'),
    strategy: z.literal('firmware'),
    mode: z.enum(['cold', 'powercycle']).describe('powercycle takes the power away too.'),
    expected: z
      .strictObject({ release: z.string().nullable(), cmdline: z.string() })
      .describe('What is to run afterwards; words that boot loaders add do not count.'),
    inputs: z.strictObject({ arch: ArchName, release: z.string(), boot_id: z.string().nullable() }),
  })
  .meta({ id: 'FirmwarePlan', description: 'A reboot through firmware: nothing is placed by anybody.' })

/** Of whatever way a host is to be rebooted. */
export const AnyPlanBody = z.union([PlanBody, FirmwarePlan])
