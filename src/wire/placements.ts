import { z } from 'zod'
import { CAUSE_CODES } from '../planner/plan/cause.ts'
import { Purpose, SegmentKind, StrategyName } from './names.ts'
import { PlanBody } from './plan-body.ts'
import { Change } from './problem.ts'
import { BootEntryId, Bytes, HostId, PhysAddrHex, SnapshotId, WireRange } from './scalars.ts'
import { Finding } from './snapshot.ts'

export const PlacementsQuery = z.strictObject({
  boot_entry: BootEntryId,
  purpose: Purpose.default('reboot'),
})

export const LoadFailure = z
  .looseObject({
    code: z.string(),
    detail: z.string(),
    change: Change.optional().describe('What would make it fit.'),
  })
  .meta({
    id: 'LoadFailure',
    description: 'Why one strategy has no plan: the same as the problem of `createPlan`.',
  })

export const ComparedLoad = z
  .strictObject({ strategy: StrategyName, plan: PlanBody.nullable(), failure: LoadFailure.nullable() })
  .meta({ id: 'ComparedLoad' })

export const Cause = z
  .strictObject({
    code: z.enum(CAUSE_CODES),
    ranges: z.array(WireRange).describe('The evidence.'),
    sentence: z.string(),
  })
  .meta({ id: 'Cause' })

export const ComparedSegment = z
  .strictObject({
    kind: SegmentKind,
    places: z.array(z.strictObject({ strategy: StrategyName, mem: PhysAddrHex, bufsz: Bytes, memsz: Bytes })),
    differences: z.array(
      z.strictObject({ between: z.tuple([StrategyName, StrategyName]), causes: z.array(Cause) }),
    ),
  })
  .meta({ id: 'ComparedSegment' })

export const KexecCommand = z
  .strictObject({
    command: z.string().describe('For a shell; KERNEL and INITRD stand for the files on the host.'),
    mem_min: PhysAddrHex.nullable(),
    mem_max: PhysAddrHex.nullable(),
    pinned: z.array(SegmentKind).describe('What it puts where the plan has it.'),
    moved: z.array(z.strictObject({ kind: SegmentKind, planned: PhysAddrHex, tool: PhysAddrHex.nullable() })),
    limits: z.array(z.strictObject({ code: z.string(), sentence: z.string() })),
  })
  .meta({
    id: 'KexecCommand',
    description: 'How kexec-tools is told to do as the pinned plan says, as far as it can be.',
  })

export const CrashkernelAdvice = z
  .strictObject({
    reserved: Bytes.nullable(),
    loads: z.boolean().describe('The image fits into what is reserved today.'),
    enough: z.boolean(),
    least: Bytes.nullable().describe('The smallest reservation that the image fits into.'),
    parts: z.strictObject({ kernel: Bytes, initrd: Bytes, modules: Bytes, runtime: Bytes }),
    usual: Bytes.nullable().describe('What distributions reserve for so much RAM.'),
    recommended: Bytes,
    crashkernel: z.string(),
    assumptions: z.array(z.string()),
    sentence: z.string(),
  })
  .meta({ id: 'CrashkernelAdvice' })

/** One boot entry on one host, by every strategy. */
export const Placements = z
  .strictObject({
    host: HostId,
    snapshot: SnapshotId,
    boot_entry: BootEntryId,
    purpose: Purpose,
    loads: z.array(ComparedLoad),
    segments: z.array(ComparedSegment),
    findings: z.array(Finding),
    command: KexecCommand.nullable(),
    crashkernel: CrashkernelAdvice.nullable().describe('For a crash kernel.'),
  })
  .meta({ id: 'Placements' })
export type Placements = z.infer<typeof Placements>
