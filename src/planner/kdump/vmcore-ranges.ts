import { range, subtract, type Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { describable } from '../memory/views.ts'

const MIB = 0x100000

/**
 * The ranges that a vmcore must hold, ascending, one for each PT_LOAD of elfcorehdr.
 *
 * x86_64 leaves out the first MiB: the crash kernel itself uses it, and hands on a copy.
 *
 * Source: Linux arch/x86/kernel/crash.c, arch/arm64/kernel/machine_kexec_file.c.
 */
export function vmcoreRanges(map: MemoryMap): Range[] {
  const ranges = describable(map)
  return map.arch === 'x86_64' ? subtract(ranges, [range(0, MIB - 1)]) : ranges
}
