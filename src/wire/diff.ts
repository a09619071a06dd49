import { z } from 'zod'
import {
  CHANGES,
  diffSentence,
  DRIFT_VERDICTS,
  hex,
  LANES,
  type BootDiff,
  type MapLine as Line,
  type PinDrift as Drift,
  type Range,
} from '../planner/index.ts'
import { Purpose, SegmentKind } from './names.ts'
import { PictureQuery } from './picture.ts'
import { Bytes, HostId, PhysAddrHex, SnapshotId, WireRange } from './scalars.ts'

export const DiffQuery = PictureQuery.extend({
  from: SnapshotId.optional().describe(
    'Default: the one before `to`; the first of all is compared with itself.',
  ),
  to: SnapshotId.optional().describe("Default: the host's newest."),
})

export const MapLine = z
  .strictObject({ name: z.string().describe('iomem: with the lines that it lies in.'), range: WireRange })
  .meta({ id: 'MapLine' })

export const MapChange = z
  .strictObject({
    lane: z.enum(LANES),
    change: z.enum(CHANGES),
    before: MapLine.nullable().describe('Null where it was added.'),
    after: MapLine.nullable().describe('Null where it was removed.'),
  })
  .meta({
    id: 'MapChange',
    description:
      'Moved: same name and size; resized: same name and one border; renamed: same range. What has no partner was added or removed.',
  })

const WordChange = z
  .strictObject({ before: z.string().nullable(), after: z.string().nullable() })
  .nullable()
  .describe('Null where both boots say the same.')

export const MemoryDiff = z
  .strictObject({
    sentence: z.string(),
    hardware_changed: z
      .boolean()
      .describe('Firmware tells another map; the changes of the lane `firmware` say which.'),
    release: WordChange,
    cmdline: WordChange,
    boot_id: WordChange,
    bookable: z
      .strictObject({
        gained: z.array(WireRange),
        gained_bytes: Bytes,
        lost: z.array(WireRange),
        lost_bytes: Bytes,
      })
      .describe('Of the strict view.'),
    changes: z.array(MapChange),
  })
  .meta({ id: 'MemoryDiff', description: 'What differs between the memory of two boots.' })
export type MemoryDiff = z.infer<typeof MemoryDiff>

export const DriftQuery = z.strictObject({
  snapshot: SnapshotId.optional().describe(
    "Default: the host's newest; earlier boots count for that one alone.",
  ),
})

/** Two snapshots of one host. */
export const SnapshotDiff = MemoryDiff.extend({ host: HostId, from: SnapshotId, to: SnapshotId }).meta({
  id: 'SnapshotDiff',
})
export type SnapshotDiff = z.infer<typeof SnapshotDiff>

export const PinDrift = z
  .strictObject({
    purpose: Purpose,
    kind: SegmentKind,
    mem: PhysAddrHex,
    verdict: z.enum(DRIFT_VERDICTS),
    sentence: z.string(),
    by: z.strictObject({ range: WireRange, why: z.string() }).nullable().describe('The range in the way.'),
  })
  .meta({
    id: 'PinDrift',
    description:
      'Broken: the segment, as last planned, does not fit there now. At risk: the room behind it is not free, or a remembered boot did not have the place free.',
  })
export type PinDrift = z.infer<typeof PinDrift>

export const PinDriftList = z
  .strictObject({
    host: HostId,
    snapshot: SnapshotId.describe('What the pins are judged by.'),
    boots: z.int().nonnegative().describe('Earlier boots of the same hardware that were looked at.'),
    items: z.array(PinDrift),
  })
  .meta({ id: 'PinDriftList' })
export type PinDriftList = z.infer<typeof PinDriftList>

export function wireDiff(diff: BootDiff): MemoryDiff {
  const { hardwareChanged, release, cmdline, bootId, gained, lost, changes } = diff
  return {
    sentence: diffSentence(diff),
    hardware_changed: hardwareChanged,
    release,
    cmdline,
    boot_id: bootId,
    bookable: {
      gained: gained.map(wireRange),
      gained_bytes: total(gained),
      lost: lost.map(wireRange),
      lost_bytes: total(lost),
    },
    changes: changes.map(({ lane, change, before, after }) => ({
      lane,
      change,
      before: wireLine(before),
      after: wireLine(after),
    })),
  }
}

export function wireDrift({ purpose, kind, mem, verdict, sentence, by }: Drift): PinDrift {
  return { purpose, kind, mem, verdict, sentence, by: by && { range: wireRange(by.range), why: by.why } }
}

function wireLine(line: Line | null): z.infer<typeof MapLine> | null {
  return line && { name: line.name, range: wireRange(line.range) }
}

export function wireRange({ start, last }: Range): z.infer<typeof WireRange> {
  return { start: hex(start), last: hex(last) }
}

function total(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, last }) => sum + last - start + 1, 0)
}
