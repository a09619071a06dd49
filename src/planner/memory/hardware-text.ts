import { hex } from '../bytes/phys-addr.ts'
import { merged, subtract, type Range } from '../bytes/range.ts'
import type { Snapshot } from '../read/snapshot.ts'

/**
 * What firmware says there is, as text: its digest tells whether two boots saw the same hardware. What a
 * boot makes of its memory (reservations, the running kernel, kexec's own marks) is not in it.
 *
 * x86_64: the firmware map. arm64: memory with and without mapping, since UEFI's own map is not shown;
 * without memblock, the RAM of iomem. Touching entries of one kind are one, as kexec splits them.
 */
export function hardwareText(snapshot: Snapshot): string {
  const lines = hardwareParts(snapshot).map(({ range: r, kind }) => `${hex(r.start)}-${hex(r.last)} ${kind}`)
  return [snapshot.arch, ...lines].map((line) => `${line}\n`).join('')
}

/** One stretch of the firmware map, and what it is. */
export interface HardwarePart {
  readonly range: Range
  readonly kind: string
}

/** What the text is made of: by kind, ascending, as few parts as there can be. */
export function hardwareParts(snapshot: Snapshot): HardwarePart[] {
  const { firmwareMap } = snapshot
  return firmwareMap
    ? byKind(firmwareMap.map(({ range, type }) => ({ range, kind: type })))
    : byKind(memoryKinds(snapshot))
}

function byKind(parts: readonly HardwarePart[]): HardwarePart[] {
  const kinds = [...new Set(parts.map((p) => p.kind))].sort()
  return kinds.flatMap((kind) =>
    merged(parts.filter((p) => p.kind === kind).map((p) => p.range)).map((range) => ({ range, kind })),
  )
}

/** Up to 6.4 memblock shows no flags: there iomem alone knows what is not mapped. */
function memoryKinds({ memblock, iomem }: Snapshot): HardwarePart[] {
  const unmapped = [
    ...iomem.filter((e) => e.name === 'reserved').map((e) => e.range),
    ...(memblock?.memory ?? []).filter((r) => r.flags?.includes('NOMAP')).map((r) => r.range),
  ]
  const ram = memblock
    ? memblock.memory.map((r) => r.range)
    : iomem.filter((e) => e.name === 'System RAM').map((e) => e.range)
  return [
    ...subtract(merged(ram), merged(unmapped)).map((range) => ({ range, kind: 'memory' })),
    ...merged(unmapped).map((range) => ({ range, kind: 'unmapped' })),
  ]
}
