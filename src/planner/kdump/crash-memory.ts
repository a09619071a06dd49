import { intersection, range, sizeOf, subtract, type Range } from '../bytes/range.ts'
import { linesOf } from '../memory/tools-ranges.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { CrashArea } from './crash-area.ts'

/** One entry of the e820 table that an x86_64 crash kernel is handed. */
export interface CrashE820Entry {
  readonly range: Range
  /** 1 RAM, 2 reserved, 3 ACPI tables, 4 ACPI NVS. */
  readonly type: 1 | 2 | 3 | 4
}

const MIB = 0x100000
const MAX_ENTRIES = 128
const NAMED = [
  { name: 'ACPI Tables', type: 3 },
  { name: 'ACPI Non-volatile Storage', type: 4 },
  { name: 'Reserved', type: 2 },
] as const

/**
 * The memory that an x86_64 crash kernel is told of: low RAM, what firmware keeps, and its own
 * reservations without elfcorehdr. Pieces of less than a page are dropped, and what exceeds the table.
 *
 * `elfcorehdr`: its memsz before it is rounded to pages.
 *
 * Source: Linux arch/x86/kernel/crash.c.
 */
export function crashE820(snapshot: Snapshot, area: CrashArea, elfcorehdr: Range): CrashE820Entry[] {
  const lines = linesOf(snapshot.iomem)
  const low = lines
    .filter((line) => line.name === 'System RAM')
    .map((line) => intersection(line.range, range(0, MIB - 1)))
    .filter((r) => r !== null)
  const out: CrashE820Entry[] = low.map((r) => ({ range: r, type: 1 }))
  for (const { name, type } of NAMED) {
    for (const line of lines) if (line.name === name) out.push({ range: line.range, type })
  }
  if (area.low) out.push({ range: area.low, type: 1 })
  for (const piece of subtract([area.main], [elfcorehdr])) {
    if (sizeOf(piece) >= snapshot.pageSize) out.push({ range: piece, type: 1 })
  }
  return out.slice(0, MAX_ENTRIES)
}

/** arm64's `linux,usable-memory-range`: the main reservation, then the low one. */
export function usableMemory(area: CrashArea): Range[] {
  return area.low ? [area.main, area.low] : [area.main]
}
