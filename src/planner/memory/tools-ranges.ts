import { contains, range, subtract, type Range } from '../bytes/range.ts'
import type { IomemEntry } from '../read/iomem.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { knownOf } from './known.ts'

/** The real-mode interrupt vectors: RAM that starts below is cut to start here. */
const VECTORS = 0x400

/** One line of iomem with its place in the file; nesting is what kexec-tools does not look at. */
interface Line {
  readonly range: Range
  readonly name: string
}

/**
 * The memory that kexec-tools takes for usable, in the order of its own list.
 *
 * arm64: every `System RAM` line of iomem; each line of another name, but for the running kernel's own
 * and the reservation that a crash kernel is for, is cut from the last of them that came before, if
 * that holds all of it. x86_64: the firmware map, which knows nothing of `mem=` and `memmap=`; iomem
 * where there is no such map, or `add_efi_memmap` says that it is not whole.
 *
 * Source: kexec-tools kexec/arch/arm64/kexec-arm64.c, kexec/arch/i386/kexec-x86-common.c.
 */
export function toolsRanges(snapshot: Snapshot, crash: Range | null): readonly Range[] {
  if (crash) return usableRanges(snapshot, crash)
  const known = knownOf(snapshot)
  return (known.tools ??= usableRanges(snapshot, null))
}

function usableRanges(snapshot: Snapshot, crash: Range | null): Range[] {
  const lines = linesOf(snapshot.iomem)
  if (snapshot.arch === 'arm64') return arm64Ranges(lines, crash)
  const firmware = /(^|\s)add_efi_memmap(\s|$)/.test(snapshot.cmdline) ? null : snapshot.firmwareMap
  const ram = firmware
    ? firmware.filter((e) => e.type === 'System RAM').map((e) => e.range)
    : lines.filter((l) => l.name === 'System RAM').map((l) => l.range)
  return ram.filter((r) => r.last >= VECTORS).map((r) => (r.start < VECTORS ? range(VECTORS, r.last) : r))
}

/** Every line of iomem, in the order of the file. */
export function linesOf(entries: readonly IomemEntry[]): Line[] {
  return entries.flatMap((e) => [{ range: e.range, name: e.name }, ...linesOf(e.children)])
}

function arm64Ranges(lines: readonly Line[], crash: Range | null): Range[] {
  const out: Range[] = []
  for (const { range: r, name } of lines) {
    if (name === 'System RAM') out.push(r)
    else if (!isOwn(name) && !(crash && r.start === crash.start)) cutFromLast(out, r)
  }
  return out
}

function isOwn(name: string): boolean {
  return name === 'Kernel code' || name === 'Kernel data'
}

function cutFromLast(ranges: Range[], hole: Range): void {
  const last = ranges.at(-1)
  if (last && contains(last, hole)) ranges.splice(-1, 1, ...subtract([last], [hole]))
}
