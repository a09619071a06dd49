import { CHOSEN_BY } from '../planner/names.ts'
import { z } from 'zod'
import { ExceptionKind } from './exception.ts'
import { Facts } from './facts.ts'
import { Purpose, SegmentKind, StrategyName } from './names.ts'
import { Headroom, OnBroken } from './pinning.ts'
import { ArchName, Bytes, Digest, PhysAddrHex, WireRange } from './scalars.ts'

export const PlannedSegment = z
  .strictObject({
    kind: SegmentKind,
    mem: PhysAddrHex,
    bufsz: Bytes.describe('Bytes copied.'),
    memsz: Bytes.describe('Bytes reserved: whole pages, at least bufsz.'),
    align: Bytes,
    room: Bytes.describe('Bytes kept free from `mem` on, so that the segment may grow.'),
    chosen: z.enum(CHOSEN_BY),
    because: z.string(),
  })
  .meta({ id: 'PlannedSegment' })
export type PlannedSegment = z.infer<typeof PlannedSegment>

export const ExpectedRun = z
  .strictObject({
    image: PhysAddrHex,
    kernel_code: z.array(PhysAddrHex).describe("First byte of iomem's `Kernel code`: one of these."),
    certainty: z.enum(['exact', 'load-only']),
    because: z.string(),
  })
  .meta({ id: 'ExpectedRun' })

export const Assumption = z.strictObject({ code: z.string(), detail: z.string() }).meta({ id: 'Assumption' })

export const PlanInputs = z
  .strictObject({
    arch: ArchName,
    release: z.string(),
    boot_id: z.string().nullable(),
    memory_digest: Digest,
    page_size: Bytes,
    kernel_size: Bytes,
    kernel_header_digest: Digest,
    initrd_size: Bytes.nullable(),
    cmdline: z.string(),
    facts: Facts.optional().describe('What the caller knew; absent where nothing was given.'),
    calibration: z
      .strictObject({ rules: z.string(), facts: Facts })
      .optional()
      .describe("What a trial load has taught about this release; absent where the host's group has none."),
    devicetree_digest: Digest.optional().describe('arm64: of the tree that the boot entry brings, packed.'),
    pins_digest: Digest.optional().describe('Of the pins that the host had for this purpose.'),
    booted_digest: Digest.optional().describe('Of where the plan that booted the running kernel lies.'),
    policy: z
      .strictObject({
        on_broken: OnBroken.optional(),
        headroom: Headroom.optional(),
        random: z.strictObject({ kinds: z.array(SegmentKind), seed: z.string() }).optional(),
      })
      .optional()
      .describe('How pins are kept, where that is not the default.'),
    ground: z
      .strictObject({ boots: z.int(), digest: Digest })
      .optional()
      .describe('The remembered boots of the same hardware that new places were free in.'),
  })
  .meta({ id: 'PlanInputs' })

export const UsedException = z
  .strictObject({
    kind: ExceptionKind,
    policy: z.string(),
    approver: z.string(),
    reason: z.string(),
    expires_at: z.string(),
    evidence: z.string().describe('What in the boot entry justifies it.'),
    ranges: z.array(WireRange).describe('Protected memory that this plan overwrites.'),
  })
  .meta({ id: 'UsedException' })

/** What a crash kernel is told of memory, and the headers of the vmcore that it finds. */
export const CrashTold = z
  .strictObject({
    memory: z.array(
      z.strictObject({
        start: PhysAddrHex,
        last: PhysAddrHex,
        type: z.enum(['ram', 'reserved', 'acpi-tables', 'acpi-nvs']),
      }),
    ),
    core_headers: z.array(
      z.strictObject({
        type: z.enum(['note', 'load']),
        paddr: PhysAddrHex,
        memsz: Bytes,
        vaddr: z
          .string()
          .regex(/^0x[0-9a-f]{1,16}$/)
          .describe('64 bits: more than an address here may have.'),
        unknown: z.string().nullable().describe('Why something is 0; null where all is known.'),
      }),
    ),
  })
  .meta({ id: 'CrashTold' })

/** The plan itself, as the planner computes it, online and offline. */
export const PlanBody = z
  .strictObject({
    rules: z.string().describe('The era of kernel rules: architecture and first release.'),
    segments: z.array(PlannedSegment).describe('In load order.'),
    purpose: Purpose,
    strategy: StrategyName,
    determinism: z
      .enum(['exact', 'assumed', 'none'])
      .describe(
        'exact: nothing was taken for granted; none: the kernel decides by what cannot be seen from outside.',
      ),
    entry: PhysAddrHex,
    expected: ExpectedRun,
    over: z.enum(['free-memory', 'running-kernel']),
    assumptions: z.array(Assumption),
    warnings: z.array(Assumption),
    crash: CrashTold.optional().describe('Absent for a reboot, and for kexec-tools.'),
    exceptions: z.array(UsedException).optional().describe('Absent where there is none.'),
    inputs: PlanInputs,
  })
  .meta({
    id: 'PlanBody',
    description: 'Immutable; `digest` is the SHA-256 of these bytes as they stand in the answer.',
  })
export type PlanBody = z.infer<typeof PlanBody>
