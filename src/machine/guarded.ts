import { rangeOfSize, subtract, type Range } from '../planner/bytes/range.ts'
import type { Snapshot } from '../planner/read/snapshot.ts'

/** A range with the reason why the machine watches it. */
export interface WatchedRange {
  readonly range: Range
  readonly why: string
  /** Who alone needs it; absent where every boot does. */
  readonly neededBy?: 'acpi' | 'uefi'
}

/** A range that hardware overwrites after the jump, and with what. */
export interface Hazard extends WatchedRange {
  readonly fill: number
}

/** UEFI memory types that hold nothing once boot services have ended. */
const FREE_UEFI_TYPES = new Set([1, 2, 3, 4, 7])
/** Who reserved it, where the boot log names callers: the firmware's own, not the kernel's. */
const FIRMWARE_CALLER = /^(efi_|acpi_|reserve_regions|early_init_fdt_|early_init_dt_|fdt_)/
const RESERVE_LINE = /memblock_reserve: \[0x0*([0-9a-f]{1,14})-0x0*([0-9a-f]{1,14})\] (\S+)/g
/** What stands in an LPI property table whose interrupts nobody has set up: default priority, group 1. */
const LPI_FILL_BEFORE_6_12 = 0xa2
const LPI_FILL = 0xc2

/**
 * Every range that firmware left in memory and that the next kernel needs whole. Ranges may overlap.
 *
 * This is the machine's own reading of the capture, on purpose not the planner's: what the two see
 * differently shows as a damaged canary.
 *
 * Source: the boot log's `memblock_reserve` lines where it has them (kernel parameter memblock=debug).
 */
export function guardedRanges(snapshot: Snapshot, log: string): WatchedRange[] {
  const out: WatchedRange[] = []
  const add = (range: Range, why: string): void => void out.push({ range, why })
  const only = (neededBy: 'acpi' | 'uefi', range: Range, why: string): void =>
    void out.push({ range, why, neededBy })
  for (const entry of snapshot.firmwareMap ?? [])
    if (entry.type === 'ACPI Tables') only('acpi', entry.range, entry.type)
    else if (entry.type !== 'System RAM') add(entry.range, entry.type)
  for (const region of snapshot.efiRuntimeMap ?? []) {
    if (!FREE_UEFI_TYPES.has(region.type)) add(region.range, `UEFI memory type ${region.type}`)
  }
  if (snapshot.arch === 'x86_64') return out

  for (const entry of snapshot.iomem)
    if (entry.name === 'reserved') add(entry.range, 'memory without mapping')
  for (const region of snapshot.memblock?.memory ?? []) {
    if (region.flags?.includes('NOMAP')) add(region.range, 'memory without mapping')
  }
  for (const table of snapshot.dmesg?.acpiTables ?? []) only('acpi', table.range, `ACPI table ${table.name}`)
  if (snapshot.dmesg?.efiMemmap) only('uefi', snapshot.dmesg.efiMemmap, 'UEFI memory map')
  const dispensable = out.filter((w) => w.neededBy).map((w) => w.range)
  const reserved = (snapshot.memblock?.reserved ?? []).map((region) => region.range)
  const stillReserved = (range: Range): boolean => subtract([range], reserved).length === 0
  for (const table of snapshot.dmesg?.lpiTables ?? []) {
    if (stillReserved(table.range)) add(table.range, `GICv3 LPI ${table.kind} table`)
  }
  for (const [, start, last, caller] of log.matchAll(RESERVE_LINE)) {
    if (!FIRMWARE_CALLER.test(caller as string)) continue
    const first = Number.parseInt(start as string, 16)
    const range = rangeOfSize(first, Number.parseInt(last as string, 16) - first + 1)
    if (!stillReserved(range)) continue
    // Firmware's reservations are of whole regions; what in them only some boots need is watched by itself.
    for (const part of subtract([range], dispensable))
      add(part, `reserved by ${(caller as string).split('+')[0]}`)
  }
  return out
}

/**
 * GICv3 LPI tables that nothing reserves: the redistributor goes on using them after the jump, and
 * what the next kernel has there is lost.
 *
 * Source: seen on real hosts: 64 KiB of a second kernel's text were 0xa2 (6.1) and 0xc2 (6.12).
 */
export function lpiHazards(snapshot: Snapshot): Hazard[] {
  const { major, minor } = snapshot.release
  const property = major > 6 || (major === 6 && minor >= 12) ? LPI_FILL : LPI_FILL_BEFORE_6_12
  const reserved = (snapshot.memblock?.reserved ?? []).map((region) => region.range)
  return (snapshot.dmesg?.lpiTables ?? [])
    .filter((table) => subtract([table.range], reserved).length > 0)
    .map((table) => ({
      range: table.range,
      why: `GICv3 LPI ${table.kind} table`,
      fill: table.kind === 'property' ? property : 0,
    }))
}
