import { z } from 'zod'
import { MAX_PHYS_ADDR } from '../planner/bytes/phys-addr.ts'
import { pageOf } from './page.ts'
import { Purpose, SegmentKind } from './names.ts'
import { Bytes, HostId, PhysAddrHex, Reason, Timestamp } from './scalars.ts'

export const Pin = z
  .strictObject({
    purpose: Purpose,
    kind: SegmentKind,
    mem: PhysAddrHex,
    room: Bytes.describe('Bytes kept free from `mem` on.'),
    reason: z.string(),
    set_at: Timestamp,
    set_by: z.string(),
    loose: z.boolean().describe('It may move in the next plan, even where policy is strict.'),
  })
  .meta({ id: 'Pin' })
export type Pin = z.infer<typeof Pin>

export const PinSet = z
  .strictObject({
    host: HostId,
    generation: z.int().describe('Grows with every change.'),
    items: z.array(Pin),
  })
  .meta({ id: 'PinSet', description: 'A host has one set; its ETag is what a change must match.' })
export type PinSet = z.infer<typeof PinSet>

export const PinParams = z.strictObject({ hostId: HostId, purpose: Purpose, segment: SegmentKind })

export const NewPin = z
  .strictObject({
    mem: PhysAddrHex.refine((mem) => Number(mem) % 4096 === 0, { error: 'must lie on a page border' }),
    room: z.int().min(4096).multipleOf(4096).describe('It ends below 2^53, as every address does.'),
    reason: Reason,
  })
  .refine(({ mem, room }) => room - 1 <= MAX_PHYS_ADDR - Number(mem), {
    path: ['room'],
    error: ({ input }) => `must end below 2^53: at most ${roomAbove(input)} bytes from mem on`,
  })
  .meta({
    id: 'NewPin',
    examples: [{ mem: '0x40000000', room: 83886080, reason: 'room for the next release' }],
  })

function roomAbove(pin: unknown): number {
  return MAX_PHYS_ADDR - Number((pin as { mem: string }).mem) + 1
}

export const ForgetQuery = z.strictObject({ reason: Reason })

export const Loosening = z
  .strictObject({ reason: Reason })
  .meta({ id: 'Loosening', examples: [{ reason: 'the next release needs another place' }] })

export const PinChange = z
  .strictObject({
    id: z.string(),
    generation: z.int(),
    at: Timestamp,
    by: z.string(),
    purpose: Purpose,
    kind: SegmentKind,
    change: z.enum(['set', 'moved', 'repinned', 'loosened', 'forgotten']),
    mem: PhysAddrHex.nullable(),
    room: Bytes.nullable(),
    reason: z.string(),
  })
  .meta({ id: 'PinChange' })
export type PinChange = z.infer<typeof PinChange>

export const PinChangePage = pageOf(PinChange, 'PinChangePage')
