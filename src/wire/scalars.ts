import { z } from 'zod'

/** A physical address on the wire: JSON numbers above 2^53 are lost by other languages, and hex is what the field reads. */
export const PhysAddrHex = z
  .string()
  .regex(/^0x(0|[1-9a-f][0-9a-f]{0,12}|1[0-9a-f]{13})$/)
  .describe('A physical address: lowercase hex, below 2^53.')

export const Bytes = z.int().nonnegative().describe('A count of bytes.')

export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256, lowercase hex.')

export const Timestamp = z.iso.datetime({ precision: 3 }).describe('RFC 3339, UTC.')

const ID = '[0-9a-hjkmnp-tv-z]{26}'

/** An id of one kind of thing: prefixed, and sorted by the time it was made. */
export function idOf(prefix: string) {
  return z.string().regex(new RegExp(`^${prefix}_${ID}$`))
}

export const HostId = idOf('host')
export const SnapshotId = idOf('snap')
export const BootEntryId = idOf('boot')
export const PlanId = idOf('plan')
export const RolloutId = idOf('roll')

export const ArchName = z.enum(['arm64', 'x86_64'])

/** A machine's own words: printable, no control characters, bounded. */
export function words(max: number) {
  return z
    .string()
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
}

export const Reason = words(500).min(1).describe('Why; kept in the audit.')

export const WireRange = z
  .strictObject({ start: PhysAddrHex, last: PhysAddrHex })
  .meta({ id: 'Range', description: 'Bytes `start` through `last`, both included.' })
