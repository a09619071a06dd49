import { z } from 'zod'
import { GroupName } from './host.ts'
import { Purpose, SegmentKind } from './names.ts'
import { Pin } from './pin.ts'
import { BootEntryId, Bytes, HostId, PhysAddrHex, Reason } from './scalars.ts'

const MAX_LEFT_OUT = 1000

export const GroupParams = z.strictObject({ group: GroupName })

export const GroupPinParams = z.strictObject({ group: GroupName, purpose: Purpose, segment: SegmentKind })

export const GroupPin = Pin.omit({ loose: true }).meta({ id: 'GroupPin' })
export type GroupPin = z.infer<typeof GroupPin>

export const GroupPinSet = z.strictObject({ group: z.string(), items: z.array(GroupPin) }).meta({
  id: 'GroupPinSet',
  description:
    "Where a group wants its segments: a host of it that has no pin of a kind gets the group's with its next plan. The ETag is what a change must match.",
})
export type GroupPinSet = z.infer<typeof GroupPinSet>

export const NewGroupPins = z
  .strictObject({
    boot_entry: BootEntryId.describe('What every host of the group is to load.'),
    purpose: Purpose.default('reboot'),
    leave_out: z.array(HostId).max(MAX_LEFT_OUT).default([]).describe('Hosts that keep pins of their own.'),
    replace_own: z
      .boolean()
      .default(true)
      .describe("Also where a member has a pin of its own, it becomes the group's."),
    reason: Reason,
  })
  .meta({ id: 'NewGroupPins' })
export type NewGroupPins = z.infer<typeof NewGroupPins>

const CommonPin = z
  .strictObject({
    kind: SegmentKind,
    mem: PhysAddrHex,
    memsz: Bytes.describe('What the largest of them fills.'),
    room: Bytes,
    chosen: z.enum(['kept', 'new', 'moved']),
  })
  .meta({ id: 'CommonPin' })

const GroupMemberVerdict = z
  .strictObject({
    host: HostId,
    verdict: z.enum(['keeps', 'moves', 'new']).describe('new: it had no pins for this purpose.'),
    moves: z.array(z.strictObject({ kind: SegmentKind, from: PhysAddrHex, to: PhysAddrHex })),
  })
  .meta({ id: 'GroupMemberVerdict' })

export const GroupPinning = z
  .strictObject({
    group: z.string(),
    boot_entry: BootEntryId,
    purpose: Purpose,
    stored: z.boolean(),
    pins: z.array(CommonPin),
    layouts: z.int().describe('Of so many kinds are the members, as far as pins are concerned.'),
    ground: z
      .strictObject({ stable: Bytes, calm: Bytes })
      .describe('Free in every remembered boot of every member; and of that away from all that moves.'),
    members: z.array(GroupMemberVerdict),
    left_out: z.array(z.strictObject({ host: HostId, because: z.string() })),
  })
  .meta({ id: 'GroupPinning', description: 'One address a segment that every member has.' })
export type GroupPinning = z.infer<typeof GroupPinning>
