import { inBoth, range, rangeOfSize, sizeOf, type Range } from '../planner/bytes/range.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { readIomem, renderIomem, type IomemEntry } from '../planner/read/iomem.ts'
import { renderMemblock } from '../planner/read/memblock.ts'
import { shortLog } from './boot-log.ts'
import { persistentTables, X86_LOWEST, type BootTemplate } from './boot-template.ts'
import type { BootVariation, Draws } from './boot-variation.ts'
import { earlyMemory } from './early-memory.ts'
import { kernelLines } from './kernel-layout.ts'
import { systemRam } from './kexec.ts'
import type { Machine } from './machine.ts'
import { x86Tree } from './x86-tree.ts'

/** What a plan that was jumped into had placed. */
export interface JumpedInto {
  readonly dtb: number | null
  readonly initrd: Range | null
  readonly kaslr: boolean
}

/**
 * A boot by kexec as the machine made it, with the kernel's own reservations laid out as after a boot by firmware:
 * from the captured boot, not from the boot before, so that nothing creeps through memory over a thousand boots.
 *
 * `before`: the machine that jumped. Units: bytes.
 */
export function settledBoot(
  template: BootTemplate,
  before: Machine,
  next: CaptureFiles,
  into: JumpedInto,
  draws: Draws,
  variation: BootVariation,
): CaptureFiles {
  const tree = readIomem(next.iomem ?? '')
  if (!tree.ok) throw new Error(`the emulated boot gave an unreadable tree: ${tree.error.expected}`)
  const iomem = tree.value
  const lines = kernelLines(iomem)
  const ram = systemRam(iomem)
  const crash = crashIn(iomem)
  if (before.snapshot.arch === 'x86_64') {
    const image = imageIn(lines)
    const slots = into.kaslr ? inBoth(ram, [range(X86_LOWEST, Number.MAX_SAFE_INTEGER)]) : []
    const placing = {
      image,
      lines,
      ram,
      initrd: into.initrd,
      slots,
      crash,
      iomem,
      params: next['boot-params'],
    }
    return { ...next, iomem: renderIomem(x86Tree(placing, draws)) }
  }
  const kept = { ...template, ram, crash: template.crash.length > 0 ? template.crash : crash, stale: [] }
  const given = {
    lines,
    imageParts: partsAt(template, imageIn(lines)),
    dtb: into.dtb === null || !next.fdt ? null : rangeOfSize(into.dtb, next.fdt.length),
    initrd: into.initrd,
    persistent: persistentTables(before),
    hazards: before.hazards.map((h) => h.range),
    crash: crash.length > 0,
  }
  const now = earlyMemory({ ...kept, machine: withTree(template.machine, iomem) }, given, draws, variation)
  const log = before.files.dmesg
  return {
    ...next,
    ...(log === undefined ? {} : { dmesg: `${next.dmesg ?? ''}${reservedLines(log)}` }),
    ...(before.snapshot.memblock ? { 'memblock-reserved': renderMemblock(now.reserved) } : {}),
    iomem: renderIomem(now.iomem),
  }
}

/** What stays reserved of an image as large as the captured one; of another, all. */
function partsAt({ image, imageParts }: BootTemplate, now: Range | null): Range[] {
  if (!image || !now || sizeOf(image) !== sizeOf(now)) return []
  const by = now.start - image.start
  return imageParts.map((r) => range(r.start + by, r.last + by))
}

function withTree(machine: Machine, iomem: readonly IomemEntry[]): Machine {
  return { ...machine, snapshot: { ...machine.snapshot, iomem } }
}

function imageIn(lines: ReturnType<typeof kernelLines>): Range | null {
  const [first, last] = [lines[0], lines.at(-1)]
  return first && last ? range(first.range.start, last.range.last) : null
}

function crashIn(iomem: readonly IomemEntry[]): Range[] {
  return iomem
    .flatMap((e) => e.children)
    .filter((e) => e.name === 'Crash kernel')
    .map((e) => e.range)
}

/** Firmware's reservations, which the next kernel makes again. */
function reservedLines(log: string): string {
  return shortLog(log)
    .split('\n')
    .filter((line) => line.includes('memblock_reserve') && !line.includes('reserve_regions'))
    .map((line) => `${line}\n`)
    .join('')
}
