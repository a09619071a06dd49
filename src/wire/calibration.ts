import { z } from 'zod'
import { GroupName } from './host.ts'
import { LastingFacts } from './facts.ts'
import { ArchName, Reason, Timestamp } from './scalars.ts'

export const CalibrationParams = z.strictObject({
  group: GroupName,
  arch: ArchName,
  release: z
    .string()
    .max(128)
    .regex(/^\d{1,4}\.\d{1,5}([.\-+_~][0-9A-Za-z.\-+_~]*)?$/)
    .describe('As `uname -r` prints it.'),
})

export const RulesId = z
  .string()
  .regex(/^(arm64|x86_64)\/\d{1,4}\.\d{1,5}$/)
  .describe('An era of kernel rules: architecture and first release.')

export const NewCalibration = z
  .strictObject({ rules: RulesId, facts: LastingFacts.default({}), reason: Reason })
  .meta({
    id: 'NewCalibration',
    description: 'What `berth calibrate` found, and why it is to be relied on.',
    examples: [
      {
        rules: 'x86_64/6.8',
        facts: { purgatory_size: 20480 },
        reason: 'trial load on a spare host, 2026-11-22',
      },
    ],
  })

export const Calibration = z
  .strictObject({
    group: z.string(),
    arch: ArchName,
    release: z.string(),
    rules: RulesId,
    facts: LastingFacts,
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
  })
  .meta({ id: 'Calibration', description: 'Plans for hosts of this group that run this release go by it.' })
export type Calibration = z.infer<typeof Calibration>
