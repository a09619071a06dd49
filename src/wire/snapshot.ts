import { z } from 'zod'
import { BLOB_FILES, TEXT_FILES, type BlobFile, type TextFile } from '../planner/read/capture-files.ts'
import { MapFacts } from './map.ts'
import { pageOf } from './page.ts'
import { Landing, Plan } from './plan.ts'
import {
  ArchName,
  BootEntryId,
  Bytes,
  Digest,
  HostId,
  PlanId,
  SnapshotId,
  Timestamp,
  WireRange,
} from './scalars.ts'

const texts = Object.fromEntries(TEXT_FILES.map((name) => [name, z.string().optional()])) as Record<
  TextFile,
  z.ZodOptional<z.ZodString>
>
const blobs = Object.fromEntries(BLOB_FILES.map((name) => [name, z.base64().optional()])) as Record<
  BlobFile,
  z.ZodOptional<z.ZodBase64>
>

/** The files of one boot: text as it was read, blobs in base64. The same names are the parts of a multipart body. */
export const SnapshotFiles = z.strictObject({ ...texts, ...blobs }).meta({ id: 'SnapshotFiles' })
export type SnapshotFiles = z.infer<typeof SnapshotFiles>

export const BootId = z.string().regex(/^[0-9A-Za-z-]{1,64}$/)

/** A small BIOS machine: 512 MiB. */
const EXAMPLE = {
  boot_id: '0c8e1c5e-5c35-4c3f-9f0b-6a3d8f6f2f11',
  files: {
    uname:
      'Linux node-1 6.1.0-56-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16) x86_64 GNU/Linux\n',
    cmdline: 'root=/dev/vda1 ro nokaslr\n',
    iomem: [
      '00000000-00000fff : Reserved',
      '00001000-0009fbff : System RAM',
      '0009fc00-0009ffff : Reserved',
      '000f0000-000fffff : Reserved',
      '  000f0000-000fffff : System ROM',
      '00100000-1ffd9fff : System RAM',
      '  1a000000-1ae01d31 : Kernel code',
      '  1b000000-1b8eafff : Kernel rodata',
      '  1ba00000-1bc4897f : Kernel data',
      '  1c310000-1d3fffff : Kernel bss',
      '1ffda000-1fffffff : Reserved',
      '',
    ].join('\n'),
    'firmware-memmap': [
      '0 0x0 0x9fbff System RAM',
      '1 0x9fc00 0x9ffff Reserved',
      '2 0xf0000 0xfffff Reserved',
      '3 0x100000 0x1ffd9fff System RAM',
      '4 0x1ffda000 0x1fffffff Reserved',
      '',
    ].join('\n'),
  },
}

export const NewSnapshot = z
  .strictObject({ boot_id: BootId.describe('Wins over the file `boot-id`.'), files: SnapshotFiles })
  .meta({ id: 'NewSnapshot', examples: [EXAMPLE] })
export type NewSnapshot = z.infer<typeof NewSnapshot>

export const NewSnapshotQuery = z.strictObject({
  plan: BootEntryId.optional().describe('Also compute a pinned plan for this boot entry.'),
})

export const Finding = z
  .strictObject({
    code: z.string(),
    severity: z.enum(['info', 'warning', 'error']),
    ranges: z.array(WireRange),
    sentence: z.string(),
  })
  .meta({ id: 'Finding' })
export type Finding = z.infer<typeof Finding>

export const Judged = Landing.extend({ plan: PlanId }).meta({ id: 'Judged' })
export type Judged = z.infer<typeof Judged>

export const SnapshotSummary = z
  .strictObject({
    arch: ArchName,
    release: z.string(),
    cmdline: z.string(),
    page_size: Bytes,
    files: z.array(z.string()).describe('What was captured.'),
    bookable_bytes: Bytes.describe('What the strict view leaves.'),
    hardware_changed: z
      .boolean()
      .optional()
      .describe(
        "Whether firmware's map is another than in the snapshot before; absent where there was none.",
      ),
  })
  .meta({ id: 'SnapshotSummary' })
export type SnapshotSummary = z.infer<typeof SnapshotSummary>

export const Snapshot = z
  .strictObject({
    id: SnapshotId,
    host: HostId,
    boot_id: z.string(),
    memory_digest: Digest,
    created_at: Timestamp,
    summary: SnapshotSummary,
    findings: z.array(Finding),
    landing: Judged.nullable().describe('How it judged the plan that was in flight.'),
  })
  .meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof Snapshot>

export const PostedSnapshot = Snapshot.extend({ plan: Plan.optional() }).meta({ id: 'PostedSnapshot' })
export const SnapshotPage = pageOf(Snapshot, 'SnapshotPage')
export const FindingList = z.strictObject({ items: z.array(Finding) }).meta({ id: 'FindingList' })

export const SnapshotMap = z
  .strictObject({
    snapshot: SnapshotId,
    memory_digest: Digest,
    bookable: z.strictObject({
      memblock: z.array(WireRange),
      resources: z.array(WireRange),
      tools: z.array(WireRange),
      strict: z.array(WireRange),
    }),
    describable: z.array(WireRange),
    facts: MapFacts,
  })
  .meta({ id: 'SnapshotMap', description: 'One memory, as each of its readers sees it.' })
export type SnapshotMap = z.infer<typeof SnapshotMap>

export const SnapshotParams = z.strictObject({ hostId: HostId, snapshotId: SnapshotId })
