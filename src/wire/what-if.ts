import { z } from 'zod'
import { WHAT_IF_VERDICTS } from '../planner/plan/what-if.ts'
import { Purpose, SegmentKind } from './names.ts'
import { OnBroken } from './pinning.ts'
import { Assumption, PlannedSegment } from './plan-body.ts'
import { Change, ProblemCode } from './problem.ts'
import { ArchName, BootEntryId, Bytes, HostId, PhysAddrHex, SnapshotId, words } from './scalars.ts'
import { Selector } from './selector.ts'

/** Far above any kernel's file; what an x86_64 kernel needs to run is told in 32 bits. Units: bytes. */
const MAX_KERNEL = 2 ** 31
const MAX_MEMSZ = 2 ** 32 - 1

const Alignment = z
  .int()
  .min(1)
  .max(2 ** 40)
  .refine((n) => Number.isInteger(Math.log2(n)), { error: 'must be a power of two' })

export const ImageBySizes = z
  .strictObject({
    kernel: z.strictObject({
      arch: ArchName,
      size: z.int().min(4096).max(MAX_KERNEL).describe('Bytes of its file.'),
      memsz: z.int().min(4096).max(MAX_MEMSZ).optional().describe('Bytes that it needs to run.'),
      align: Alignment.optional().describe('x86_64: what it is built to be aligned to.'),
    }),
    initrd_size: z.int().min(1).nullable().default(null),
  })
  .refine(({ kernel }) => kernel.memsz === undefined || kernel.memsz >= kernel.size, {
    path: ['kernel', 'memsz'],
    error: 'must be at least the size of the file',
  })
  .meta({ id: 'ImageBySizes', description: 'An image that nobody has built yet.' })
export type ImageBySizes = z.infer<typeof ImageBySizes>

export const WantedHole = z
  .strictObject({
    bytes: z.int().min(1),
    above: PhysAddrHex.optional().describe('All of it at or above this address.'),
    below: PhysAddrHex.refine((below) => below !== '0x0', { error: 'nothing is below 0' })
      .optional()
      .describe('All of it below this address.'),
    align: Alignment.default(1),
  })
  .refine(({ above = '0x0', below }) => below === undefined || Number(above) < Number(below), {
    path: ['below'],
    error: 'must be greater than `above`',
  })
  .meta({ id: 'WantedHole' })
export type WantedHole = z.infer<typeof WantedHole>

export const WhatIfRequest = z
  .strictObject({
    selector: Selector.default({}),
    boot_entry: BootEntryId.optional(),
    image: ImageBySizes.optional(),
    hole: WantedHole.optional().describe('No image: who has so much free memory in one piece.'),
    cmdline: words(4096).optional().describe("In place of the boot entry's."),
    purpose: Purpose.optional().describe('Default: reboot.'),
    on_broken: OnBroken.optional().describe('In place of what policy says.'),
    change: z
      .boolean()
      .optional()
      .describe(
        'Default: true. Look for what would make a refused image fit; that takes several times as long.',
      ),
  })
  .refine((r) => [r.boot_entry, r.image, r.hole].filter((v) => v !== undefined).length === 1, {
    error: 'give one of boot_entry, image and hole',
  })
  .refine((r) => !r.hole || [r.cmdline, r.purpose, r.on_broken, r.change].every((v) => v === undefined), {
    path: ['hole'],
    error: 'is asked alone: nothing is loaded',
  })
  .meta({
    id: 'WhatIfRequest',
    examples: [
      {
        selector: { arch: 'x86_64' },
        image: { kernel: { arch: 'x86_64', size: 14680064 }, initrd_size: 83886080 },
      },
      { selector: {}, hole: { bytes: 2147483648, below: '0x100000000' } },
    ],
  })
export type WhatIfRequest = z.infer<typeof WhatIfRequest>

/** A pin that would have to move. */
export const PinMove = z.strictObject({
  kind: SegmentKind,
  from: PhysAddrHex,
  to: PhysAddrHex,
  because: z.string(),
})

/** Why there would be no plan. */
export const Refusal = z.strictObject({
  code: ProblemCode,
  kind: SegmentKind.nullable().describe('The segment that has no place.'),
  because: z.string(),
  short_by: Bytes.nullable().describe('Bytes that the largest hole lacks which the loader may use.'),
  change: Change.optional().describe('What would make it fit.'),
  pin: z.strictObject({ kind: SegmentKind, mem: PhysAddrHex, room: Bytes }).optional(),
  by: z
    .strictObject({ start: PhysAddrHex, last: PhysAddrHex, why: z.string() })
    .nullable()
    .optional()
    .describe('What is in the way of the pin.'),
  nearest: z
    .strictObject({ mem: PhysAddrHex, room: Bytes })
    .optional()
    .describe('Where the pin would go if policy let it move.'),
})

/** What every line about a host begins with. */
export const OfHost = z.strictObject({
  host: HostId,
  hostname: z.string(),
  group: z.string().nullable(),
  arch: ArchName,
  snapshot: SnapshotId.nullable().describe('What it was computed from; null where nothing was.'),
})

export const LineError = z.strictObject({ code: ProblemCode, detail: z.string() }).nullable()

export const WhatIfHost = OfHost.extend({
  verdict: z
    .enum([...WHAT_IF_VERDICTS, 'other-arch', 'no-snapshot', 'error'])
    .describe(
      'fits: every pin holds. moves: some pins would have to. places: no pins yet. refuses: there would be no plan. other-arch: the image is not for this host.',
    ),
  segments: z
    .array(PlannedSegment.pick({ kind: true, mem: true, memsz: true, room: true, chosen: true }))
    .describe('Where everything would lie; empty where there is no plan.'),
  moves: z.array(PinMove),
  refusal: Refusal.nullable(),
  error: LineError.describe('Why nothing could be computed for this host; the others follow all the same.'),
}).meta({ id: 'WhatIfHost' })
export type WhatIfHost = z.infer<typeof WhatIfHost>

export const Hole = z
  .strictObject({ start: PhysAddrHex, last: PhysAddrHex, bytes: Bytes })
  .meta({ id: 'Hole' })

const Answered = z.strictObject({
  has: z.boolean(),
  largest: Hole.nullable().describe('The largest within the limits, from its first aligned byte on.'),
  short_by: Bytes.describe('Bytes that the largest lacks; 0 where it is enough.'),
})

export const HoleHost = OfHost.extend({
  verdict: z.enum(['has', 'has-not', 'no-snapshot', 'error']).describe('As of today.'),
  today: Answered.nullable().describe('What may be booked today.'),
  stable: Answered.extend({ boots: z.int() })
    .nullable()
    .describe('What could be in each of so many boots, today included.'),
  error: LineError,
}).meta({ id: 'HoleHost' })
export type HoleHost = z.infer<typeof HoleHost>

const Worst = z.strictObject({ host: HostId, hostname: z.string(), short_by: Bytes }).nullable()

const SUMMED = {
  hosts: z.int(),
  no_snapshot: z.int(),
  errors: z.int(),
  worst: Worst.describe('The host that lacks the most bytes.'),
  not_selected: z.array(HostId).describe('Ids of the selector for which there is no line.'),
}

export const WhatIfSummary = z
  .strictObject({
    summary: z.union([
      z.strictObject({
        ...SUMMED,
        fits: z.int(),
        moves: z.int(),
        places: z.int(),
        refuses: z.int(),
        other_arch: z.int(),
        assumptions: z.array(Assumption).describe('What was taken for granted of an image by sizes.'),
      }),
      z.strictObject({ ...SUMMED, has: z.int(), has_not: z.int() }),
    ]),
  })
  .meta({ id: 'WhatIfSummary', description: 'The last line: without it the answer is not whole.' })
export type WhatIfSummary = z.infer<typeof WhatIfSummary>

export const WhatIfLine = z
  .union([WhatIfHost, HoleHost, WhatIfSummary])
  .meta({ id: 'WhatIfLine', description: 'One line of NDJSON.' })
