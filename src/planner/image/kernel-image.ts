import type { ArchName } from '../names.ts'
import { asciiAt } from '../bytes/ascii.ts'
import { err, type Result } from '../bytes/result.ts'
import { looksLikeArm64, readArm64Image, type Arm64Image } from './arm64-image.ts'
import type { BadKernel } from './bad-kernel.ts'
import { looksLikeBzImage, readBzImage, type BzImage } from './bzimage.ts'

export type KernelImage = Arm64Image | BzImage

/** Bytes of an image that carry all that the planner reads. */
export const HEADER_BYTES = 4096

const COMPRESSED: readonly (readonly [name: string, magic: readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['lz4', [0x02, 0x21, 0x4c, 0x18]],
  ['bzip2', [0x42, 0x5a, 0x68]],
]

/**
 * Reads what the loader of `arch` needs to know of an image.
 *
 * Units: `head` is the whole image or its first 4 KiB, `fileSize` the size of the whole in bytes.
 * Errors: names what the image is, where that is known: compressed, of another architecture, 32-bit.
 */
export function readKernelImage(
  arch: ArchName,
  head: Uint8Array,
  fileSize: number,
): Result<KernelImage, BadKernel> {
  const expected = arch === 'arm64' ? 'a raw arm64 Image' : 'an x86_64 bzImage'
  if (head.length < 64)
    return err({ code: 'kernel-too-short', offset: null, expected, found: `${head.length} bytes` })
  for (const [name, magic] of COMPRESSED) {
    if (magic.every((byte, i) => head[i] === byte)) {
      return err({
        code: 'kernel-compressed',
        offset: 0,
        expected: `${expected}, unpacked`,
        found: `${name} data`,
      })
    }
  }
  if (asciiAt(head, 4, 4) === 'zimg') {
    return err({
      code: 'kernel-compressed',
      offset: 4,
      expected: `${expected}, unpacked`,
      found: 'an EFI zboot image',
    })
  }
  const arm64 = looksLikeArm64(head)
  const bzImage = looksLikeBzImage(head)
  if (arch === 'arm64' && arm64) return readArm64Image(head, fileSize)
  if (arch === 'x86_64' && bzImage) return readBzImage(head, fileSize)
  if (arm64 || bzImage) {
    const found = arm64 ? 'an arm64 Image' : 'an x86 bzImage'
    return err({ code: 'kernel-other-arch', offset: arm64 ? 56 : 0x202, expected, found })
  }
  const elf = head[0] === 0x7f && asciiAt(head, 1, 3) === 'ELF'
  return err({ code: 'kernel-unknown', offset: 0, expected, found: elf ? 'an ELF file' : 'no known kernel' })
}
