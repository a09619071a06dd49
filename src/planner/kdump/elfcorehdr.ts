import { range, sizeOf, type Range } from '../bytes/range.ts'
import type { MemoryMap } from '../memory/memory-map.ts'
import { linesOf } from '../memory/tools-ranges.ts'
import { distance } from '../read/kallsyms.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { isSince } from '../rules/kernel-rules.ts'
import { vmcoreRanges } from './vmcore-ranges.ts'

/** What only the running kernel knows of itself; each is 0 in the headers where it is not given. */
export interface CoreFacts {
  /** The notes of each CPU, as /sys/devices/system/cpu/cpu*\/crash_notes and crash_notes_size tell. */
  readonly cpuNotes?: readonly Range[]
  /** As /sys/kernel/vmcoreinfo tells. */
  readonly vmcoreinfo?: Range
  /** Virtual addresses as `0x…`: they do not fit a number. */
  readonly textVaddr?: string
  readonly linearMapVaddr?: string
}

/** One program header of elfcorehdr. Units: bytes. */
export interface CoreHeader {
  readonly type: 'note' | 'load'
  readonly paddr: number
  readonly memsz: number
  /** `0x…`, 64 bits. */
  readonly vaddr: string
  /** Why something in it is 0; null where all is known. */
  readonly unknown: string | null
}

const NOTES_UNKNOWN = 'crash_notes of the running kernel are not given'

/**
 * The program headers of elfcorehdr, in the kernel's order: a note for each CPU, vmcoreinfo, the kernel's
 * text, and each range of memory that the vmcore must hold.
 *
 * Units: bytes.
 * Source: Linux kernel/crash_core.c and each architecture's preparation of the ranges.
 */
export function coreHeaders(snapshot: Snapshot, map: MemoryMap, facts: CoreFacts = {}): CoreHeader[] {
  const cpus = facts.cpuNotes?.length ?? snapshot.possibleCpus ?? 1
  const notes = Array.from({ length: cpus }, (_, i) => note(facts.cpuNotes?.[i], NOTES_UNKNOWN))
  const text = kernelText(snapshot)
  const out = [...notes, note(facts.vmcoreinfo, '/sys/kernel/vmcoreinfo is not given')]
  if (text)
    out.push(
      load(
        text,
        facts.textVaddr ?? snapshot.symbols?.get('_text'),
        'the virtual address of the kernel is not given',
      ),
    )
  const ranges = vmcoreRanges(map).map((r) =>
    load(r, facts.linearMapVaddr, 'the virtual address of the linear map is not given'),
  )
  return [...out, ...ranges]
}

/**
 * The running kernel's image from its first symbol to its last. iomem's lines leave out what lies
 * after bss (x86_64's brk area); kallsyms has the last symbol, where it was captured.
 */
export function kernelText(snapshot: Snapshot): Range | null {
  const lines = linesOf(snapshot.iomem).filter((l) => /^Kernel /.test(l.name))
  const code = lines.find((l) => l.name === 'Kernel code')
  const last = lines.at(-1)
  if (!code || !last) return null
  if (snapshot.arch === 'arm64') {
    // Up to some release between 6.1 and 6.12 the line starts at the second 64 KiB of the image.
    const head = isSince(snapshot.release, 6, 12) ? 0 : 0x10000
    return range(code.range.start - head, last.range.last)
  }
  const size = distance(snapshot.symbols, '_text', '_end')
  return size === null
    ? range(code.range.start, last.range.last)
    : range(code.range.start, code.range.start + size - 1)
}

function note(at: Range | undefined, unknown: string): CoreHeader {
  if (!at) return { type: 'note', paddr: 0, memsz: 0, vaddr: '0x0', unknown }
  return { type: 'note', paddr: at.start, memsz: sizeOf(at), vaddr: '0x0', unknown: null }
}

function load(r: Range, vaddr: string | undefined, unknown: string): CoreHeader {
  return {
    type: 'load',
    paddr: r.start,
    memsz: sizeOf(r),
    vaddr: vaddr ?? '0x0',
    unknown: vaddr === undefined ? unknown : null,
  }
}
