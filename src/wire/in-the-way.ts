import { z } from 'zod'
import { SegmentKind } from './names.ts'
import { Bytes, PhysAddrHex } from './scalars.ts'

export const WithoutThem = z
  .strictObject({
    pins: z.array(z.strictObject({ kind: SegmentKind, mem: PhysAddrHex, room: Bytes })),
    hosts: z.int(),
    ground: Bytes.describe('Stable ground that the others share.'),
    gained: Bytes.describe('How much more that is than what all share.'),
  })
  .meta({ id: 'WithoutThem', description: 'Where the others would lie.' })

export const InTheWay = z
  .strictObject({
    hosts: z.array(z.string()).describe('They stand or fall together; left out, each keeps pins of its own.'),
    because: z.string(),
    by: z.strictObject({ start: PhysAddrHex, last: PhysAddrHex, why: z.string() }).nullable(),
    short: Bytes.describe("Bytes of the others' place that are not free there."),
    without_it: WithoutThem.nullable().describe('null: leaving these out alone is not enough.'),
  })
  .meta({ id: 'InTheWay' })
