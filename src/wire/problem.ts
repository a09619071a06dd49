import { z } from 'zod'
import { SegmentKind } from './names.ts'
import { Gate } from './explain.ts'
import { InTheWay, WithoutThem } from './in-the-way.ts'
import { PROBLEM_CODES } from './problem-code.ts'
import { Bytes, PhysAddrHex, SnapshotId, WireRange } from './scalars.ts'

export const ProblemCode = z.enum(PROBLEM_CODES).meta({ id: 'ProblemCode' })

/** One wrong place of an input. A line of a snapshot's file also says where in it, and what stood there. */
export const InputError = z
  .strictObject({
    pointer: z.string().describe('JSON pointer into the body, or `query/…`, `path/…`, `header/…`.'),
    code: z.string(),
    detail: z.string(),
    file: z.string().optional(),
    line: z.int().nullable().optional(),
    column: z.int().nullable().optional(),
    expected: z.string().optional(),
    found: z.string().optional(),
  })
  .meta({ id: 'InputError' })
export type InputError = z.infer<typeof InputError>

/** One range of the walk that had no place. */
export const Refusal = z
  .strictObject({
    range: WireRange,
    because: z.string(),
    short: Bytes.optional().describe('Bytes missing.'),
    by: WireRange.optional().describe('What has taken it.'),
  })
  .meta({ id: 'Refusal' })

export const RefusedBuf = z
  .strictObject({
    kind: z.string(),
    bufsz: Bytes,
    memsz: Bytes,
    align: Bytes,
    min: PhysAddrHex,
    max: PhysAddrHex.nullable(),
    top_down: z.boolean(),
  })
  .meta({ id: 'RefusedBuf' })

/** What would turn a refusal into a plan; its numbers are in bytes. */
export const Change = z
  .strictObject({
    code: z.enum(['smaller-initrd', 'kernel-alignment', 'crashkernel', 'none']),
    less: Bytes.optional(),
    initrd_size: Bytes.optional(),
    align: Bytes.optional(),
    size: Bytes.optional(),
    crashkernel: z.string().optional().describe('As the command line takes it.'),
    sentence: z.string(),
  })
  .meta({ id: 'Change' })

/** RFC 9457. */
export const Problem = z
  .looseObject({
    type: z.string().describe('Where this service explains it: a path, relative to its base URL.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: ProblemCode,
    errors: z.array(InputError).optional(),
    snapshot: SnapshotId.optional().describe('What was stored all the same, though it has no plan.'),
    buf: RefusedBuf.optional().describe('no-hole: what was to be placed.'),
    refusals: z.array(Refusal).optional().describe('no-hole: every range walked, and why not.'),
    change: Change.optional().describe('no-hole, no-crashkernel: what would make it fit.'),
    alternatives: z.array(Change).optional().describe('no-hole: what else would.'),
    pin: z
      .strictObject({ kind: SegmentKind, mem: PhysAddrHex, room: Bytes })
      .optional()
      .describe('pin-broken: the pin that does not hold.'),
    cause: z.string().optional().describe('pin-broken: why.'),
    by: z
      .strictObject({ start: PhysAddrHex, last: PhysAddrHex, why: z.string() })
      .nullable()
      .optional()
      .describe('pin-broken: what is in the way; null where the loader itself would not go there.'),
    nearest: z
      .strictObject({ mem: PhysAddrHex, room: Bytes })
      .optional()
      .describe('pin-broken: where the pin would go if policy let it move.'),
    kind: SegmentKind.nullable()
      .optional()
      .describe('no-common-ground: the segment; null where a host has no plan at all.'),
    in_the_way: z
      .array(InTheWay)
      .optional()
      .describe('no-common-ground: who, why, and how many bytes short.'),
    leave_out: z
      .array(z.string())
      .optional()
      .describe('no-common-ground: hosts; without all these it works.'),
    without_them: WithoutThem.nullable().optional().describe('no-common-ground: where the others would lie.'),
    state: z.string().optional().describe('wrong-rollout-state: where it stands.'),
    allowed: z.array(z.string()).optional().describe('wrong-rollout-state: what may be asked of it now.'),
    gates: z.array(Gate).optional().describe('not-now: every gate, the failing ones among them.'),
    offset: z.int().nullable().optional().describe('A bad kernel: the byte at fault.'),
    expected: z.string().optional(),
    found: z.string().optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457; `code` is from a closed list.' })
export type Problem = z.infer<typeof Problem>
