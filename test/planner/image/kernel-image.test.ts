import { describe, expect, test } from 'vitest'
import { readKernelImage, type ArchName } from '../../../src/planner/index.ts'
import { arm64Head, bzImageHead } from './headers.ts'

const SIZE = 0x600000

describe('an image that the loader would not take is refused with the field at fault', () => {
  test.each<
    [why: string, arch: ArchName, head: Uint8Array, size: number, code: string, offset: number | null]
  >([
    [
      'gzip instead of Image',
      'arm64',
      Uint8Array.from([0x1f, 0x8b, 8, ...new Array(100).fill(0)]),
      SIZE,
      'kernel-compressed',
      0,
    ],
    [
      'an EFI zboot image',
      'arm64',
      Uint8Array.from([0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67, ...new Array(60).fill(0)]),
      SIZE,
      'kernel-compressed',
      4,
    ],
    ['no kernel at all', 'arm64', new Uint8Array(4096).fill(0x20), SIZE, 'kernel-unknown', 0],
    ['a bzImage for an arm64 host', 'arm64', bzImageHead({}), SIZE, 'kernel-other-arch', 0x202],
    ['an Image for an x86_64 host', 'x86_64', arm64Head({}), SIZE, 'kernel-other-arch', 56],
    ['a few bytes', 'x86_64', new Uint8Array(63), 63, 'kernel-too-short', null],
    [
      'a header cut off before its fields',
      'x86_64',
      bzImageHead({}).subarray(0, 1023),
      SIZE,
      'kernel-too-short',
      null,
    ],
    ['a 32-bit bzImage', 'x86_64', bzImageHead({ xloadflags: 0x02 }), SIZE, 'kernel-32-bit', 0x236],
    [
      'not loadable above 4 GiB',
      'x86_64',
      bzImageHead({ xloadflags: 0x01 }),
      SIZE,
      'kernel-not-loadable',
      0x236,
    ],
    ['an old boot protocol', 'x86_64', bzImageHead({ version: 0x20b }), SIZE, 'kernel-not-loadable', 0x206],
    ['no boot flag', 'x86_64', bzImageHead({ bootFlag: 0 }), SIZE, 'kernel-not-loadable', 0x1fe],
    [
      'a zImage, not loaded high',
      'x86_64',
      bzImageHead({ loadflags: 0 }),
      SIZE,
      'kernel-not-loadable',
      0x211,
    ],
    [
      'an alignment of three',
      'x86_64',
      bzImageHead({ kernelAlignment: 3 }),
      SIZE,
      'kernel-not-loadable',
      0x230,
    ],
    [
      'a file that ends in its setup part',
      'x86_64',
      bzImageHead({ setupSects: 39 }),
      40 * 512,
      'kernel-too-short',
      0x1f1,
    ],
    [
      'more bytes to copy than memory asked for',
      'x86_64',
      bzImageHead({ initSize: 0x1000 }),
      SIZE,
      'kernel-not-loadable',
      0x260,
    ],
    ['an image size of zero', 'arm64', arm64Head({ imageSize: 0n }), SIZE, 'kernel-not-loadable', 16],
    [
      'an image size beyond 2^53',
      'arm64',
      arm64Head({ imageSize: 2n ** 60n }),
      SIZE,
      'kernel-not-loadable',
      16,
    ],
    [
      'an image smaller than its file',
      'arm64',
      arm64Head({ imageSize: 0x1000n }),
      SIZE,
      'kernel-not-loadable',
      16,
    ],
    [
      'an image that its text_offset alone makes as large as its file',
      'arm64',
      arm64Head({ imageSize: BigInt(SIZE) - 1n, textOffset: 0x80000n }),
      SIZE,
      'kernel-not-loadable',
      16,
    ],
    ['big-endian', 'arm64', arm64Head({ flags: 0xbn }), SIZE, 'kernel-not-loadable', 24],
    [
      'big-endian, with flags above 2^53',
      'arm64',
      arm64Head({ flags: 0x800000000000000bn }),
      SIZE,
      'kernel-not-loadable',
      24,
    ],
  ])('%s', (_why, arch, head, size, code, offset) => {
    const image = readKernelImage(arch, head, size)
    expect(image.ok ? null : { code: image.error.code, offset: image.error.offset }).toEqual({ code, offset })
  })
})

test('zero setup sectors mean four', () => {
  const image = readKernelImage('x86_64', bzImageHead({ setupSects: 0 }), SIZE)
  expect(image).toMatchObject({ ok: true, value: { setupSize: 5 * 512 } })
})
