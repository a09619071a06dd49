import { alignUp } from '../bytes/align.ts'
import { subtract, type Range } from '../bytes/range.ts'
import { linesOf } from '../memory/tools-ranges.ts'
import type { Snapshot } from '../read/snapshot.ts'
import type { CrashArea } from './crash-area.ts'

const ELF_HEADER = 64
const PROGRAM_HEADER = 56
const STEP = 1024
/** Lines of iomem that count; x86_64's list also has what is not RAM, and gives it no header. */
const COUNTED = {
  arm64: /^System RAM$/,
  x86_64: /^(System RAM|[Rr]eserved|ACPI Tables|ACPI Non-volatile Storage|Persistent Memory( \(legacy\))?)$/,
} as const

/**
 * How large kexec-tools makes elfcorehdr: a header for each CPU, for vmcoreinfo, for the kernel's text
 * and for each range of its own list, which is longer than the kernel's.
 *
 * Units: bytes. Source: kexec-tools kexec/crashdump-elf.c and each architecture's list of crash ranges.
 */
export function toolsElfcorehdrSize(snapshot: Snapshot, area: CrashArea): number {
  const holes = area.low ? [area.low, area.main] : [area.main]
  const ranges: Range[] = linesOf(snapshot.iomem)
    .filter((line) => COUNTED[snapshot.arch].test(line.name))
    .map((line) => line.range)
  const headers = (snapshot.possibleCpus ?? 1) + 2 + subtract(ranges, holes).length
  return alignUp(ELF_HEADER + PROGRAM_HEADER * headers, STEP)
}
