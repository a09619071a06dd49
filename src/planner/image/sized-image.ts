import type { ArchName } from '../names.ts'
import { alignUp } from '../bytes/align.ts'
import { putU32le, putU64le } from '../bytes/endian.ts'
import { HEADER_BYTES } from './kernel-image.ts'

/** What is known of a kernel that nobody has built yet. Units: bytes. */
export interface ImageSizes {
  readonly arch: ArchName
  /** Of the file. */
  readonly size: number
  /** What it needs to run: arm64's image_size, x86_64's init_size. */
  readonly memsz?: number | undefined
  /** x86_64: what it is built to be aligned to. */
  readonly align?: number | undefined
}

const MIB = 0x100000
const ARM64_ALIGN = 0x10000
/** The usual build: CONFIG_PHYSICAL_ALIGN and CONFIG_PHYSICAL_START, 39 setup sectors, COMMAND_LINE_SIZE. */
const X86_ALIGN = 2 * MIB
const X86_PREFERRED = 16 * MIB
const X86_SETUP_SECTS = 39
const X86_CMDLINE = 2047
/** init_size has 32 bits. */
const X86_MOST = 2 ** 32 - MIB
/** A little above the largest ratio of the captured kernels: 1.11 of an Image, 8.1 of a packed bzImage. */
const MEMORY_OF_FILE: Readonly<Record<ArchName, number>> = { arm64: 1.125, x86_64: 8.5 }

/**
 * The head of a kernel of which only sizes are known, as the planner reads one, and what was assumed for it.
 *
 * Source: Linux Documentation/arch/arm64/booting.rst, Documentation/arch/x86/boot.rst.
 */
export function sizedImage(sizes: ImageSizes): { head: Uint8Array; assumed: readonly string[] } {
  const { arch, size } = sizes
  const factor = MEMORY_OF_FILE[arch]
  const guess = alignUp(Math.ceil(size * factor), arch === 'arm64' ? ARM64_ALIGN : MIB)
  const memsz = sizes.memsz ?? (arch === 'arm64' ? guess : Math.min(guess, X86_MOST))
  const field = arch === 'arm64' ? 'image_size' : 'init_size'
  const assumed =
    sizes.memsz === undefined
      ? [`the kernel needs ${memsz} bytes to run (${field}), ${factor} times the size of its file`]
      : []
  if (arch === 'arm64') {
    return { head: arm64Head(memsz), assumed: [...assumed, 'a text_offset of 0, as since Linux 5.8'] }
  }
  const align = sizes.align ?? X86_ALIGN
  return {
    head: bzImageHead(memsz, align),
    assumed: [
      ...assumed,
      ...(sizes.align === undefined ? [`a kernel_alignment of ${align} bytes`] : []),
      `a preferred address of ${X86_PREFERRED}, and ${X86_SETUP_SECTS} setup sectors`,
    ],
  }
}

function arm64Head(imageSize: number): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES)
  putU64le(head, 16, imageSize)
  head.set([0x41, 0x52, 0x4d, 0x64], 56)
  return head
}

function bzImageHead(initSize: number, align: number): Uint8Array {
  const head = new Uint8Array(HEADER_BYTES)
  head[0x1f1] = X86_SETUP_SECTS
  head.set([0x55, 0xaa], 0x1fe)
  head.set([0x48, 0x64, 0x72, 0x53], 0x202)
  // Boot protocol 2.15, LOADED_HIGH, a 64-bit entry point that may lie above 4 GiB.
  head.set([0x0f, 0x02], 0x206)
  head[0x211] = 1
  putU32le(head, 0x230, align)
  head[0x236] = 3
  putU32le(head, 0x238, X86_CMDLINE)
  putU64le(head, 0x258, X86_PREFERRED)
  putU32le(head, 0x260, initSize)
  return head
}
