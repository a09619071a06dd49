import { asciiAt } from '../bytes/ascii.ts'
import { u16le, u32le, u64le } from '../bytes/endian.ts'
import { err, ok, type Result } from '../bytes/result.ts'
import type { BadKernel } from './bad-kernel.ts'

/** What x86_64's loader reads from the setup header of a bzImage. Units: bytes. */
export interface BzImage {
  readonly arch: 'x86_64'
  readonly fileSize: number
  /** Bytes before the protected-mode kernel: (setup_sects + 1) sectors. */
  readonly setupSize: number
  readonly kernelAlignment: number
  readonly prefAddress: number
  /** Memory that the kernel needs while it unpacks itself. */
  readonly initSize: number
  /** The longest command line, the final NUL not counted. */
  readonly cmdlineSize: number
}

/** The setup header lies in the first two sectors. */
const NEEDED = 1024
const KERNEL_64 = 0
const ABOVE_4G = 1

/**
 * Reads the setup header of a 64-bit bzImage, or of its first bytes.
 *
 * Errors: whatever makes the kernel's bzImage64 probe pass the image on, each with its offset.
 * Source: Linux Documentation/arch/x86/boot.rst; arch/x86/kernel/kexec-bzimage64.c for what is required.
 */
export function readBzImage(head: Uint8Array, fileSize: number): Result<BzImage, BadKernel> {
  if (head.length < NEEDED || fileSize < NEEDED) {
    return err({
      code: 'kernel-too-short',
      offset: null,
      expected: `${NEEDED} bytes or more`,
      found: `${head.length} bytes`,
    })
  }
  if (u16le(head, 0x1fe) !== 0xaa55)
    return refuse('kernel-not-loadable', 0x1fe, 'the boot flag 0xaa55', u16le(head, 0x1fe))
  const version = u16le(head, 0x206)
  if (version < 0x20c)
    return refuse('kernel-not-loadable', 0x206, 'boot protocol 2.12 (0x20c) or newer', version)
  if (!bit(u16le(head, 0x211), 0))
    return refuse('kernel-not-loadable', 0x211, 'LOADED_HIGH', u16le(head, 0x211))
  const xload = u16le(head, 0x236)
  if (!bit(xload, KERNEL_64))
    return refuse('kernel-32-bit', 0x236, 'a 64-bit entry point (XLF_KERNEL_64)', xload)
  if (!bit(xload, ABOVE_4G)) return refuse('kernel-not-loadable', 0x236, 'XLF_CAN_BE_LOADED_ABOVE_4G', xload)

  const setupSects = head[0x1f1] === 0 ? 4 : (head[0x1f1] as number)
  const setupSize = (setupSects + 1) * 512
  if (setupSize >= fileSize)
    return refuse(
      'kernel-too-short',
      0x1f1,
      `a file longer than its setup part of ${setupSize} bytes`,
      fileSize,
    )
  const kernelAlignment = u32le(head, 0x230)
  if (!isPowerOfTwo(kernelAlignment))
    return refuse('kernel-not-loadable', 0x230, 'an alignment that is a power of two', kernelAlignment)
  const prefAddress = u64le(head, 0x258)
  if (!Number.isSafeInteger(prefAddress)) {
    return refuse('kernel-not-loadable', 0x258, 'a preferred address below 2^53', prefAddress)
  }
  const initSize = u32le(head, 0x260)
  if (initSize < fileSize - setupSize) {
    return refuse(
      'kernel-not-loadable',
      0x260,
      `an init_size of at least the ${fileSize - setupSize} bytes that are copied`,
      initSize,
    )
  }
  return ok({
    arch: 'x86_64',
    fileSize,
    setupSize,
    kernelAlignment,
    prefAddress,
    initSize,
    cmdlineSize: u32le(head, 0x238),
  })
}

/** True where `head` carries the magic of the x86 setup header, whatever else is wrong with it. */
export function looksLikeBzImage(head: Uint8Array): boolean {
  return head.length >= 0x206 && asciiAt(head, 0x202, 4) === 'HdrS'
}

function refuse(
  code: BadKernel['code'],
  offset: number,
  expected: string,
  found: number,
): Result<never, BadKernel> {
  return err({ code, offset, expected, found: `0x${found.toString(16)}` })
}

function bit(value: number, n: number): boolean {
  return Math.floor(value / 2 ** n) % 2 === 1
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && Number.isInteger(Math.log2(n))
}
