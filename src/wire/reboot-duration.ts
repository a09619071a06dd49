import { z } from 'zod'
import { ArchName, Timestamp, words } from './scalars.ts'

export const REBOOT_WAYS = ['kexec', 'cold', 'powercycle', 'other'] as const
export const RebootWay = z.enum(REBOOT_WAYS).meta({
  id: 'RebootWay',
  description:
    'How a host came back: by kexec, or through firmware as it was meant to. other: it was to go by kexec, and something else was booted.',
})
export type RebootWay = z.infer<typeof RebootWay>

const Seconds = z.number().nonnegative().describe('Seconds.')

export const SavedAgainstCold = z
  .strictObject({
    median_seconds: z
      .number()
      .describe('The median of cold reboots less this one; negative where kexec is slower.'),
    total_seconds: z.number().describe('That for every reboot counted here.'),
  })
  .meta({ id: 'SavedAgainstCold' })

export const RebootDuration = z
  .strictObject({
    mode: RebootWay,
    arch: ArchName,
    hardware_model: z.string(),
    count: z.int().positive(),
    median_seconds: Seconds,
    p90_seconds: Seconds,
    max_seconds: Seconds,
    saved_against_cold: SavedAgainstCold.nullable().describe(
      'For kexec, where cold reboots of the same architecture and hardware model were measured too.',
    ),
  })
  .meta({ id: 'RebootDuration' })
export type RebootDuration = z.infer<typeof RebootDuration>

export const RebootDurations = z
  .strictObject({
    since: Timestamp.describe('Reboots that ended before are not counted.'),
    items: z.array(RebootDuration),
  })
  .meta({ id: 'RebootDurations' })
export type RebootDurations = z.infer<typeof RebootDurations>

const MOST_DAYS = 3650

export const RebootDurationQuery = z.strictObject({
  arch: ArchName.optional(),
  hardware_model: words(200).optional(),
  days: z.coerce.number().int().min(1).max(MOST_DAYS).default(90).describe('Only reboots of so many days.'),
})
