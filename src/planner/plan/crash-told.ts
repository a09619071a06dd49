import type { Load } from '../arch/arch.ts'
import { hex } from '../bytes/phys-addr.ts'
import { rangeOfSize } from '../bytes/range.ts'
import { crashE820, usableMemory } from '../kdump/crash-memory.ts'
import { coreHeaders } from '../kdump/elfcorehdr.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import type { Segment } from '../place/segment.ts'
import type { CrashTold } from './plan-body.ts'

const E820_TYPES = { 1: 'ram', 2: 'reserved', 3: 'acpi-tables', 4: 'acpi-nvs' } as const

/**
 * What a crash kernel is told: the memory that it may use or must respect, and the headers of the vmcore
 * that it finds. null for a reboot.
 */
export function crashTold(load: Load, map: MemoryMap, segments: readonly Segment[]): CrashTold | null {
  const elfcorehdr = segments.find((s) => s.kind === 'elfcorehdr')
  if (!load.crash || !elfcorehdr) return null
  const { area } = load.crash
  const headers = rangeOfSize(elfcorehdr.mem, load.crash.elfcorehdr.memsz)
  const memory =
    load.snapshot.arch === 'x86_64'
      ? crashE820(load.snapshot, area, headers).map(({ range, type }) => ({ range, type: E820_TYPES[type] }))
      : usableMemory(area).map((range) => ({ range, type: 'ram' as const }))
  return {
    memory: memory.map(({ range, type }) => ({ start: hex(range.start), last: hex(range.last), type })),
    core_headers: coreHeaders(load.snapshot, map).map(({ type, paddr, memsz, vaddr, unknown }) => ({
      type,
      paddr: hex(paddr),
      memsz,
      vaddr,
      unknown,
    })),
  }
}
