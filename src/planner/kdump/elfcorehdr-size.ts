import { alignUp } from '../bytes/align.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import type { KernelRules } from '../rules/kernel-rules.ts'
import { vmcoreRanges } from './vmcore-ranges.ts'

const ELF_HEADER = 64
const PROGRAM_HEADER = 56
/** elfcorehdr is a multiple of this, whatever the page size. */
const UNIT = 4096
/** CPUs and memory ranges that a kernel with crash hotplug keeps room for. Distributions leave the default. */
const HOTPLUG_HEADERS = 2 + 8192 + 8192

/**
 * How large elfcorehdr becomes: a header for each possible CPU, for vmcoreinfo, for the kernel's text
 * and for each range of memory. Kernels with crash hotplug reserve room for many more.
 *
 * Units: bytes; memsz not yet rounded to pages: what the crash kernel is told is cut by exactly so much.
 * Source: Linux kernel/crash_core.c; arch/x86/kernel/crash.c for the hotplug room (6.6).
 */
export function elfcorehdrSize(
  map: MemoryMap,
  rules: KernelRules,
  possibleCpus: number,
): { bufsz: number; memsz: number } {
  const headers = possibleCpus + 2 + vmcoreRanges(map).length
  const bufsz = alignUp(ELF_HEADER + PROGRAM_HEADER * headers, UNIT)
  const room = rules.crashHotplug ? ELF_HEADER + PROGRAM_HEADER * HOTPLUG_HEADERS : bufsz
  return { bufsz, memsz: Math.max(bufsz, room) }
}
