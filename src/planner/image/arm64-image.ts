import { asciiAt } from '../bytes/ascii.ts'
import { u32le, u64le } from '../bytes/endian.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadKernel } from './bad-kernel.ts'

/** What arm64's loader reads from the 64-byte header of an `Image`. Units: bytes. */
export interface Arm64Image {
  readonly arch: 'arm64'
  readonly fileSize: number
  readonly textOffset: number
  /** Memory that the kernel needs from its base on, bss included. */
  readonly imageSize: number
  /** The page size that the image was built for; null where the header leaves it open. */
  readonly pageSize: number | null
}

const MAGIC_AT = 56
const PAGE_SIZES = [null, 0x1000, 0x4000, 0x10000] as const

/**
 * Reads the header of a raw arm64 `Image`, or of its first bytes.
 *
 * Errors: `kernel-not-loadable` for what the kernel's own loader rejects: no image size, big-endian.
 * Source: Linux Documentation/arch/arm64/booting.rst; the loader ignores "placement anywhere".
 */
export function readArm64Image(head: Uint8Array, fileSize: number): Result<Arm64Image, BadKernel> {
  if (head.length < 64 || asciiAt(head, MAGIC_AT, 4) !== 'ARMd') {
    return err({
      code: 'kernel-unknown',
      offset: MAGIC_AT,
      expected: 'the magic ARM\\x64',
      found: 'something else',
    })
  }
  const textOffset = u64le(head, 8)
  const imageSize = u64le(head, 16)
  // Only the lowest bits are defined, and all 64 do not fit a number.
  const flags = u32le(head, 24)
  if (imageSize === 0 || imageSize + textOffset > 2 ** 40) {
    return err({
      code: 'kernel-not-loadable',
      offset: 16,
      expected: 'an image size from 1 byte to 1 TiB',
      found: String(imageSize),
    })
  }
  // The kernel takes text_offset off what is reserved, and refuses a segment that copies more than it reserves.
  if (fileSize > imageSize) {
    return err({
      code: 'kernel-not-loadable',
      offset: 16,
      expected: `an image size of at least the file's ${fileSize} bytes`,
      found: String(imageSize),
    })
  }
  if (flags % 2 === 1) {
    return err({
      code: 'kernel-not-loadable',
      offset: 24,
      expected: 'a little-endian kernel',
      found: 'big-endian',
    })
  }
  const pageSize = PAGE_SIZES[Math.floor(flags / 2) % 4] ?? null
  return ok({ arch: 'arm64', fileSize, textOffset, imageSize, pageSize })
}

/** True where `head` carries arm64's magic, whatever else is wrong with it. */
export function looksLikeArm64(head: Uint8Array): boolean {
  return head.length >= 64 && u32le(head, MAGIC_AT) === 0x644d5241
}
