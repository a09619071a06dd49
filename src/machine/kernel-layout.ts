import { u16le, u32le } from '../planner/bytes/endian.ts'
import { alignDown, alignUp } from '../planner/bytes/align.ts'
import { range, rangeOfSize, type Range } from '../planner/bytes/range.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { KernelRelease } from '../planner/read/kernel-release.ts'
import type { Arm64HandOver, X86HandOver } from './hand-over.ts'
import type { Machine } from './machine.ts'

/** A `Kernel …` line of the resource tree. */
export interface KernelLine {
  readonly name: string
  readonly range: Range
}

const PAGE = 4096
/** Where `Kernel code` starts above the image's base: one segment until the head was mapped too. */
const ARM64_HEAD = 0x10000

/** The running kernel's lines, wherever they stand in the tree, ascending. */
export function kernelLines(entries: readonly IomemEntry[]): KernelLine[] {
  const own = entries.filter((e) => /^Kernel (code|rodata|data|bss)$/.test(e.name))
  return [...own, ...entries.flatMap((e) => kernelLines(e.children))].sort(
    (a, b) => a.range.start - b.range.start,
  )
}

/** The running kernel as its lines show it, first byte to last. */
export function runningImage(machine: Machine): Range | null {
  const lines = kernelLines(machine.snapshot.iomem)
  const first = lines[0]
  const last = lines.at(-1)
  return first && last ? range(first.range.start, last.range.last) : null
}

/**
 * Where arm64's next kernel shows itself. An image as large as the running one is taken for the same
 * kernel and keeps its inner layout; of another the section table of its head tells.
 */
export function arm64Lines(
  machine: Machine,
  { head, kernel }: Arm64HandOver,
  release: KernelRelease,
): KernelLine[] {
  const running = kernelLines(machine.snapshot.iomem)
  const imageSize = kernel.last - kernel.start + 1
  const code = running[0]
  const last = running.at(-1)
  if (code && last && release.text === machine.snapshot.release.text) {
    const size = alignUp(imageSize, machine.snapshot.pageSize)
    const offset = [0, ARM64_HEAD].find((head) => last.range.last + 1 - (code.range.start - head) === size)
    if (offset !== undefined) return shifted(running, kernel.start + offset - code.range.start)
  }
  return sectionLines(head, kernel, release)
}

/** `.text` and `.data` of the PE header that every arm64 Image with an EFI stub carries. */
function sectionLines(head: Uint8Array, kernel: Range, release: KernelRelease): KernelLine[] {
  const size = kernel.last - kernel.start + 1
  const start = isBefore612(release) && size > 2 * ARM64_HEAD ? ARM64_HEAD : 0
  const pe = u32le(head, 0x3c)
  const sections = pe > 0 && pe < 0xf00 ? pe + 24 + u16le(head, pe + 20) : 0
  const textLast = sections > 0 ? u32le(head, sections + 12) + u32le(head, sections + 8) : 0
  const split = textLast > start && textLast < size ? textLast : alignDown(Math.floor((size * 2) / 3), PAGE)
  return [
    { name: 'Kernel code', range: range(kernel.start + start, kernel.start + split - 1) },
    { name: 'Kernel data', range: range(kernel.start + split, kernel.last) },
  ]
}

/**
 * Where x86_64's next kernel shows itself once it runs at `base`. An image that needs as much memory
 * as the running one keeps its inner layout; of another only the proportions are kept, within its memory.
 */
export function x86Lines(
  machine: Machine,
  { params }: X86HandOver,
  base: number,
  release: KernelRelease,
): KernelLine[] {
  const running = kernelLines(machine.snapshot.iomem)
  const code = running[0]
  const last = running.at(-1)
  const initSize = u32le(params, 0x260)
  if (!code || !last)
    return [{ name: 'Kernel code', range: rangeOfSize(base, alignDown(initSize, 2 * PAGE) / 2) }]
  const before = machine.files['boot-params']
  const runningInitSize = before ? u32le(before, 0x260) : 0
  const fits = last.range.last - code.range.start < initSize
  // The EFI stub leaves the header out of boot_params: then the release alone tells.
  const same =
    release.text === machine.snapshot.release.text && (runningInitSize === 0 || runningInitSize === initSize)
  if (same && fits) return shifted(running, base - code.range.start)
  const scale = initSize / (runningInitSize || last.range.last - code.range.start + 1)
  const scaled = (address: number): number =>
    alignDown(Math.floor((address - code.range.start) * Math.min(scale, 1)), PAGE)
  return running.flatMap((line) => {
    const start = scaled(line.range.start)
    const after = scaled(line.range.last + 1)
    return after > start ? [{ name: line.name, range: range(base + start, base + after - 1) }] : []
  })
}

function shifted(lines: readonly KernelLine[], by: number): KernelLine[] {
  return lines.map((line) => ({ name: line.name, range: range(line.range.start + by, line.range.last + by) }))
}

function isBefore612({ major, minor }: KernelRelease): boolean {
  return major < 6 || (major === 6 && minor < 12)
}
