import { z } from 'zod'
import { pageOf } from './page.ts'
import { ArchName, BootEntryId, Bytes, Digest, Timestamp, words } from './scalars.ts'

/** The image's first 4 KiB: what planning needs of it. */
export const HEADER_BYTES = 4096

const Linux = z
  .strictObject({
    sha256: Digest,
    size: z.int().min(1),
    header: z
      .base64()
      .max(Math.ceil(HEADER_BYTES / 3) * 4)
      .describe("The image's first 4 KiB (all of a shorter file), base64."),
  })
  .refine(({ size, header }) => Buffer.from(header, 'base64').length === Math.min(size, HEADER_BYTES), {
    path: ['header'],
    error: `must be the image's first ${HEADER_BYTES} bytes, or all of a shorter one`,
  })

/** Far above any board's tree. Units: bytes. */
const MAX_DEVICETREE = 256 * 1024

const Devicetree = z
  .strictObject({
    sha256: Digest,
    size: z.int().min(1).max(MAX_DEVICETREE),
    data: z
      .base64()
      .max(Math.ceil(MAX_DEVICETREE / 3) * 4)
      .describe('The whole tree, base64.'),
  })
  .refine(({ size, data }) => Buffer.from(data, 'base64').length === size, {
    path: ['data'],
    error: 'must have as many bytes as `size` says',
  })
  .describe("arm64: takes the place of the running kernel's device tree.")

const Initrd = z.strictObject({ sha256: Digest, size: z.int().min(1) })

export const NewBootEntry = z
  .strictObject({
    title: words(200).min(1),
    version: words(200).min(1),
    architecture: ArchName,
    linux: Linux,
    initrd: Initrd.nullable().default(null),
    options: words(4096).default('').describe("The kernel's command line."),
    devicetree: Devicetree.nullable().default(null),
  })
  .refine(({ architecture, devicetree }) => devicetree === null || architecture === 'arm64', {
    path: ['devicetree'],
    error: 'is for arm64 alone',
  })
  .meta({ id: 'NewBootEntry' })
export type NewBootEntry = z.infer<typeof NewBootEntry>

export const BootEntry = z
  .strictObject({
    id: BootEntryId,
    title: z.string(),
    version: z.string(),
    architecture: ArchName,
    linux: z.strictObject({ sha256: Digest, size: Bytes, header: z.base64() }),
    initrd: z.strictObject({ sha256: Digest, size: Bytes }).nullable(),
    options: z.string(),
    devicetree: z.strictObject({ sha256: Digest, size: Bytes, data: z.base64() }).nullable(),
    created_at: Timestamp,
  })
  .meta({ id: 'BootEntry' })
export type BootEntry = z.infer<typeof BootEntry>

export const BootEntryPage = pageOf(BootEntry, 'BootEntryPage')
