import { hex } from '../bytes/phys-addr.ts'
import type { Range } from '../bytes/range.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { knownOf } from './known.ts'

const MEMORY = /^(System RAM|Reserved|reserved|Soft Reserved|ACPI |Unusable|Persistent|Unknown E820)/

/**
 * The canonical text of what a snapshot says about memory, a line a range. Its SHA-256 is the memory
 * digest: two boots with the same ranges have the same one, whatever meminfo or dmesg say.
 * Of iomem only what is memory counts, with all that lies in it: a device that comes or goes must not
 * make a plan stale.
 */
export function memoryText(snapshot: Snapshot): string {
  const lines = [`arch ${snapshot.arch}`, `page ${snapshot.pageSize}`]
  pushMemory(lines, snapshot.iomem)
  for (const region of snapshot.memblock?.memory ?? []) {
    lines.push(`memory ${text(region.range)} ${region.flags?.join('|') ?? '?'}`)
  }
  for (const region of snapshot.memblock?.reserved ?? []) lines.push(`reserved ${text(region.range)}`)
  for (const entry of snapshot.firmwareMap ?? []) lines.push(`firmware ${text(entry.range)} ${entry.type}`)
  for (const region of snapshot.efiRuntimeMap ?? []) lines.push(`efi ${text(region.range)} ${region.type}`)
  return lines.join('\n') + '\n'
}

/** The SHA-256 of that text, as lowercase hex. */
export function memoryDigest(snapshot: Snapshot, sha256: (text: string) => string): string {
  const known = knownOf(snapshot)
  return (known.digest ??= sha256(memoryText(snapshot)))
}

function pushMemory(lines: string[], entries: readonly IomemEntry[]): void {
  for (const entry of entries) {
    if (MEMORY.test(entry.name)) pushWhole(lines, entry, 0)
    else pushMemory(lines, entry.children)
  }
}

function pushWhole(lines: string[], { range, name, children }: IomemEntry, depth: number): void {
  lines.push(`iomem ${depth} ${text(range)} ${name}`)
  for (const child of children) pushWhole(lines, child, depth + 1)
}

function text(r: Range): string {
  return `${hex(r.start)}-${hex(r.last)}`
}
