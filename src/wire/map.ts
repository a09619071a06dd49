import { z } from 'zod'
import { BADGES, CLASSES, LANE_NAMES } from '../picture/index.ts'
import { Purpose, SegmentKind } from './names.ts'
import { ArchName, Bytes, PhysAddrHex, WireRange } from './scalars.ts'

const MemoryClass = z.enum(CLASSES).meta({ id: 'MemoryClass' })

export const MapCell = z
  .strictObject({
    range: WireRange,
    size: Bytes,
    class: MemoryClass,
    label: z.string(),
    depth: z.int().nonnegative().describe('What lies inside of another cell of the lane is one deeper.'),
    badge: z.enum(BADGES).optional().describe('Of a segment: how it came to its place.'),
    align: Bytes.optional(),
    because: z.string().optional(),
    number: z.int().positive().optional().describe('Of a refused hole: its number in `refused`.'),
  })
  .meta({ id: 'MapCell' })

const Refused = z
  .strictObject({
    number: z.int().positive().describe('In the order in which the loader looked.'),
    range: WireRange,
    size: Bytes,
    code: z.string(),
    sentence: z.string(),
    short: Bytes.nullable().describe('What it lacks; null where it is not for want of room.'),
    by: z.strictObject({ range: WireRange, what: z.string() }).nullable().describe('Who is in the way.'),
    between: z
      .strictObject({ below: z.string(), above: z.string() })
      .nullable()
      .describe('What ends it: that would have to go for it to grow. Null where there are many larger ones.'),
  })
  .meta({ id: 'RefusedHole' })

const Wanted = z.strictObject({
  kind: SegmentKind,
  memsz: Bytes,
  align: Bytes,
  min: PhysAddrHex,
  max: PhysAddrHex.nullable(),
  top_down: z.boolean(),
})

/** What a memory-map picture shows. */
export const MapFacts = z
  .strictObject({
    title: z.string(),
    arch: ArchName,
    release: z.string(),
    boot_id: z.string().nullable(),
    page_size: Bytes,
    sentence: z.string().describe('What there is to say first.'),
    lanes: z.array(z.strictObject({ name: z.enum(LANE_NAMES), cells: z.array(MapCell) })),
    marks: z.array(z.strictObject({ at: PhysAddrHex, label: z.string() })),
    wanted: Wanted.nullable().describe('What had no place; null where nothing was refused for want of one.'),
    refused: z.array(Refused),
    changes: z.array(z.string()).describe('What would make it fit.'),
    legend: z.array(z.strictObject({ class: MemoryClass, words: z.string() })),
  })
  .meta({ id: 'MapFacts', description: 'A memory map, with a plan, its refusal or pins, lane by lane.' })
export type MapFacts = z.infer<typeof MapFacts>

const SizedRange = WireRange.extend({ size: Bytes })

/** What a host's boots have in common. */
export const StripFacts = z
  .strictObject({
    title: z.string(),
    sentence: z.string(),
    boots: z
      .array(
        z.strictObject({
          name: z.string(),
          boot_id: z.string().nullable(),
          release: z.string(),
          same_hardware: z.boolean().describe('Whether firmware tells the same map as in the newest boot.'),
        }),
      )
      .describe('Oldest first.'),
    steady: z.array(SizedRange).describe('Free (strict) in every boot.'),
    unsteady: z
      .array(SizedRange.extend({ free_in: z.int().positive() }))
      .describe('Free in some boots, and in how many.'),
    pins: z.array(
      z.strictObject({
        purpose: Purpose,
        kind: SegmentKind,
        mem: PhysAddrHex,
        room: Bytes,
        free_in: z.int().nonnegative().describe('In so many boots all of its room was free.'),
      }),
    ),
  })
  .meta({ id: 'StripFacts', description: 'The boots of one host side by side.' })
export type StripFacts = z.infer<typeof StripFacts>
