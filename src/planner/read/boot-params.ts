import { u16le, u32le, u64le } from '../bytes/endian.ts'
import { rangeOfSize, type Range } from '../bytes/range.ts'
import { ok, type Result } from '../bytes/result.ts'
import type { BadInput } from './bad-input.ts'
import { refusedBlob, type Refused } from './lines.ts'

/** One entry of the e820 table as firmware or loader gave it: not sorted, possibly empty, hence no range. */
export interface E820Entry {
  readonly start: number
  readonly size: number
  /** 1 RAM, 2 reserved, 3 ACPI tables, 4 ACPI NVS, 5 unusable, 7 persistent. */
  readonly type: number
}

/** What the running x86_64 kernel was handed by its loader. */
export interface BootParams {
  /** The boot protocol, 0x20f for 2.15; null where the kernel's EFI stub made the page without a header. */
  readonly protocol: number | null
  readonly initrd: Range | null
  /** The command line's address; null when there is none. */
  readonly cmdlineAt: number | null
  /** The first node of the setup_data list; null when it is empty. */
  readonly setupDataAt: number | null
  /** The UEFI memory map; null without UEFI. */
  readonly efiMemmap: Range | null
  /** ACPI's root pointer; null when the kernel is to search for it. */
  readonly rsdpAt: number | null
  readonly e820: readonly E820Entry[]
}

const BOOT_PARAMS_SIZE = 4096
/** "HdrS", little-endian; the EFI stub leaves zeros there. */
const HEADER_MAGIC = 0x53726448
const MAX_E820 = 128
const E820_ENTRY_SIZE = 20
const FOUR_GIB = 0x100000000

/** Byte offsets. Source: Linux Documentation/arch/x86/zero-page.rst and boot.rst. */
const AT = {
  rsdp: 0x070,
  initrdHigh: 0x0c0,
  initrdSizeHigh: 0x0c4,
  cmdlineHigh: 0x0c8,
  efiMemmap: 0x1d0,
  efiMemmapSize: 0x1d4,
  efiMemmapHigh: 0x1dc,
  e820Count: 0x1e8,
  magic: 0x202,
  protocol: 0x206,
  initrd: 0x218,
  initrdSize: 0x21c,
  cmdline: 0x228,
  setupData: 0x250,
  e820: 0x2d0,
} as const

/**
 * Reads x86_64's boot_params.
 *
 * Units: bytes.
 * Errors: `bad-blob` with a byte offset (size, magic, too many e820 entries), `beyond-2-53`.
 */
export function readBootParams(blob: Uint8Array): Result<BootParams, BadInput> {
  if (blob.length !== BOOT_PARAMS_SIZE)
    return refusedBlob('boot-params', 0, `${BOOT_PARAMS_SIZE} bytes`, `${blob.length} bytes`)
  const magic = u32le(blob, AT.magic)
  if (magic !== HEADER_MAGIC && magic !== 0)
    return refusedBlob('boot-params', AT.magic, 'the magic "HdrS", or zeros', magic.toString(16))
  const count = blob[AT.e820Count] ?? 0
  if (count > MAX_E820)
    return refusedBlob('boot-params', AT.e820Count, `at most ${MAX_E820} entries`, `${count}`)

  const e820: E820Entry[] = []
  for (let i = 0; i < count; i++) {
    const at = AT.e820 + i * E820_ENTRY_SIZE
    const entry = { start: u64le(blob, at), size: u64le(blob, at + 8), type: u32le(blob, at + 16) }
    if (!Number.isSafeInteger(entry.start + entry.size)) return beyond(at)
    e820.push(entry)
  }
  const initrdAt = split(blob, AT.initrd, AT.initrdHigh)
  const initrdSize = split(blob, AT.initrdSize, AT.initrdSizeHigh)
  const cmdlineAt = split(blob, AT.cmdline, AT.cmdlineHigh)
  const efiMemmapAt = split(blob, AT.efiMemmap, AT.efiMemmapHigh)
  const efiMemmapSize = u32le(blob, AT.efiMemmapSize)
  const setupDataAt = u64le(blob, AT.setupData)
  const rsdpAt = u64le(blob, AT.rsdp)
  if (!Number.isSafeInteger(initrdAt + initrdSize)) return beyond(AT.initrd)
  if (!Number.isSafeInteger(cmdlineAt)) return beyond(AT.cmdline)
  if (!Number.isSafeInteger(efiMemmapAt + efiMemmapSize)) return beyond(AT.efiMemmap)
  if (!Number.isSafeInteger(setupDataAt)) return beyond(AT.setupData)
  if (!Number.isSafeInteger(rsdpAt)) return beyond(AT.rsdp)

  return ok({
    protocol: magic === 0 ? null : u16le(blob, AT.protocol),
    initrd: spanned(initrdAt, initrdSize),
    cmdlineAt: orNull(cmdlineAt),
    setupDataAt: orNull(setupDataAt),
    efiMemmap: spanned(efiMemmapAt, efiMemmapSize),
    rsdpAt: orNull(rsdpAt),
    e820,
  })
}

/** A number whose low and high 32 bits stand apart. */
function split(blob: Uint8Array, low: number, high: number): number {
  return u32le(blob, low) + u32le(blob, high) * FOUR_GIB
}

function spanned(start: number, size: number): Range | null {
  return start > 0 && size > 0 ? rangeOfSize(start, size) : null
}

function orNull(address: number): number | null {
  return address === 0 ? null : address
}

function beyond(offset: number): Refused {
  return refusedBlob('boot-params', offset, 'an address below 2^53', 'a higher one', 'beyond-2-53')
}
