import { hex } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'

const MEMORY = /^(System RAM|Reserved|reserved|Soft Reserved|ACPI |Unusable|Persistent|Unknown E820)/

/**
 * The canonical text of what a snapshot says about memory, a line a range. Its SHA-256 is the memory
 * digest: two boots with the same ranges have the same one, whatever meminfo or dmesg say.
 * Of iomem only what is memory counts, with all that lies in it: a device that comes or goes must not
 * make a plan stale.
 */
export function memoryText(snapshot: Snapshot): string {
  const lines = [`arch ${snapshot.arch}`, `page ${snapshot.pageSize}`, ...memoryLines(snapshot.iomem)]
  for (const region of snapshot.memblock?.memory ?? []) {
    lines.push(`memory ${text(region.range)} ${region.flags?.join('|') ?? '?'}`)
  }
  for (const region of snapshot.memblock?.reserved ?? []) lines.push(`reserved ${text(region.range)}`)
  for (const entry of snapshot.firmwareMap ?? []) lines.push(`firmware ${text(entry.range)} ${entry.type}`)
  for (const region of snapshot.efiRuntimeMap ?? []) lines.push(`efi ${text(region.range)} ${region.type}`)
  return lines.join('\n') + '\n'
}

function memoryLines(entries: readonly IomemEntry[]): string[] {
  return entries.flatMap((e) => (MEMORY.test(e.name) ? iomemLines([e], 0) : memoryLines(e.children)))
}

function iomemLines(entries: readonly IomemEntry[], depth: number): string[] {
  return entries.flatMap((e) => {
    const below = iomemLines(e.children, depth + 1)
    return [`iomem ${depth} ${text(e.range)} ${e.name}`, ...below]
  })
}

function text(r: Range): string {
  return `${hex(r.start)}-${hex(r.last)}`
}
