import { z } from 'zod'
import { Purpose, SegmentKind } from './names.ts'
import { MAX_LIMIT } from './page.ts'
import { Bytes, HostId, PhysAddrHex, SnapshotId, Timestamp } from './scalars.ts'
import { Hole } from './what-if.ts'

export const RoomQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100).describe('So many snapshots at most.'),
})

export const RoomPoint = z
  .strictObject({
    snapshot: SnapshotId,
    boot_id: z.string(),
    at: Timestamp,
    largest: Hole.nullable(),
    total: Bytes.describe('What could be booked, all views agreeing.'),
    holes: z.int(),
    fragmentation: z.number().min(0).max(1).describe('1 - largest / total: 0 where all is in one piece.'),
  })
  .meta({ id: 'RoomPoint' })
export type RoomPoint = z.infer<typeof RoomPoint>

export const PinRoom = z
  .strictObject({
    purpose: Purpose,
    kind: SegmentKind,
    mem: PhysAddrHex,
    room: Bytes.describe('What the pin keeps free.'),
    memsz: Bytes.nullable().describe('What it filled in the newest plan; null where no plan had it.'),
    free: Bytes.nullable().describe(
      'Free from `mem` to the next pin or to what is not; null: it does not hold.',
    ),
    left: Bytes.nullable().describe('How much the segment may grow before it must move.'),
  })
  .meta({ id: 'PinRoom' })
export type PinRoom = z.infer<typeof PinRoom>

export const HostRoom = z
  .strictObject({
    host: HostId,
    snapshot: SnapshotId.describe('The newest: `pins` are judged by it.'),
    points: z.array(RoomPoint).describe('Oldest first.'),
    pins: z.array(PinRoom),
  })
  .meta({ id: 'HostRoom' })
