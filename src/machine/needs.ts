import { fdtNode, readFdt } from '../planner/read/fdt.ts'
import type { WatchedRange } from './guarded.ts'
import type { HandOver } from './hand-over.ts'

/**
 * Whether a kernel that was handed this boots without ACPI's tables, or without UEFI's memory map. It
 * finds the map through its device tree alone, and on arm64 the tables through UEFI alone.
 *
 * This is the machine's own reading, on purpose not the planner's.
 *
 * Source: Linux arch/arm64/kernel/acpi.c, drivers/acpi/tables.c (acpi=off), drivers/firmware/efi/fdtparams.c.
 */
export function doesWithout(hand: HandOver, what: WatchedRange['neededBy']): boolean {
  if (what === undefined) return false
  const uefi = hand.arch !== 'arm64' || leadsToUefi(hand.tree)
  if (what === 'uefi') return !uefi
  return !uefi || lastAcpi(hand.cmdline) === 'off'
}

/** The last `acpi=` before what is meant for init; null where there is none. */
function lastAcpi(cmdline: string): string | null {
  let last: string | null = null
  for (const word of cmdline.split(' ')) {
    if (word === '--') break
    if (word.startsWith('acpi=')) last = word.slice('acpi='.length)
  }
  return last
}

function leadsToUefi(tree: Uint8Array): boolean {
  const read = readFdt(tree)
  const chosen = read.ok ? fdtNode(read.value, '/chosen') : null
  return chosen?.properties.some(({ name }) => name === 'linux,uefi-system-table') ?? false
}
