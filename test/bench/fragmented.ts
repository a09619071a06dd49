import { range, type CaptureFiles, type IomemEntry, type Snapshot } from '../../src/planner/index.ts'
import { loadCapture } from '../capture.ts'
import { snapshotOf } from '../planner/host.ts'

/** Bytes from one piece of memory to the next; a kernel of a few MiB fits between two reservations. */
const STEP = 0x2000000
const FIRST = 0x40000000
/** So many ranges make no list longer than its reader takes. */
export const MOST_READ = 10_000

/** A made-up host with `n` ranges a list, of which the lowest lies at `first`. */
export type Made = (n: number, first?: number) => CaptureFiles

/**
 * An arm64 host whose memory is one System RAM line and whose lists hold `n` ranges: a reservation in
 * each step, in iomem's second level and in memblock reserved; memblock memory in pieces of two steps.
 */
export function fragmentedArm64(n: number, first = FIRST): CaptureFiles {
  const base = loadCapture('arm64-dt-1g')
  const starts = Array.from({ length: n }, (_, i) => first + i * STEP)
  const last = first + n * STEP - 1
  return {
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux\n',
    iomem: [
      `${iomem(first)}-${iomem(last)} : System RAM\n`,
      ...starts.map((at) => `  ${iomem(at)}-${iomem(at + 0xfffff)} : reserved\n`),
    ].join(''),
    'memblock-memory': starts
      .filter((_, i) => i % 2 === 0)
      .map((at, i) => region(i, at, Math.min(last, at + 2 * STEP - 1), '   0 NONE'))
      .join(''),
    'memblock-reserved': starts.map((at, i) => region(i, at, at + 0xfffff, '   x NONE')).join(''),
    dmesg: 'random: crng init done\n',
    ...(base.fdt ? { fdt: base.fdt } : {}),
  }
}

/** An x86_64 host with `n` System RAM lines, each between two that are Reserved, and its firmware map. */
export function fragmentedX86(n: number, first = FIRST): CaptureFiles {
  const starts = Array.from({ length: n }, (_, i) => first + i * STEP)
  const ram = (at: number) => at + STEP - 0x100001
  return {
    uname: 'Linux host 6.1.0-56-amd64 #1 SMP x86_64 GNU/Linux\n',
    iomem: starts
      .map(
        (at) =>
          `${iomem(at)}-${iomem(ram(at))} : System RAM\n${iomem(ram(at) + 1)}-${iomem(at + STEP - 1)} : Reserved\n`,
      )
      .join(''),
    'firmware-memmap': starts
      .map((at, i) => `${i} 0x${at.toString(16)} 0x${ram(at).toString(16)} System RAM\n`)
      .join(''),
  }
}

/** Ranges that hold no place for a kernel at all: the walk goes through every one of them. */
export function fullArm64(n: number, first = FIRST): CaptureFiles {
  const files = fragmentedArm64(n, first)
  const starts = Array.from({ length: n }, (_, i) => first + i * STEP)
  return {
    ...files,
    'memblock-reserved': starts.map((at, i) => region(i, at, at + STEP - 0x100001, '   x NONE')).join(''),
  }
}

/** The snapshot of such a host; beyond what readers take it is put together from several that lie one above the other. */
export function fragmentedSnapshot(made: Made, n: number): Snapshot {
  const parts: Snapshot[] = []
  for (let done = 0; done < n; done += MOST_READ) {
    parts.push(snapshotOf(made(Math.min(MOST_READ, n - done), FIRST + done * STEP)))
  }
  const [first] = parts
  if (!first || parts.length === 1) return first as Snapshot
  const roots = parts.flatMap((part) => part.iomem)
  const { memblock, firmwareMap } = first
  return {
    ...first,
    iomem: first.arch === 'arm64' ? [oneAbove(roots)] : roots,
    memblock: memblock && {
      memory: parts.flatMap((part) => part.memblock?.memory ?? []),
      reserved: parts.flatMap((part) => part.memblock?.reserved ?? []),
    },
    firmwareMap: firmwareMap && parts.flatMap((part) => part.firmwareMap ?? []),
  }
}

function oneAbove(roots: readonly IomemEntry[]): IomemEntry {
  const [lowest, highest] = [roots[0] as IomemEntry, roots.at(-1) as IomemEntry]
  return {
    name: lowest.name,
    range: range(lowest.range.start, highest.range.last),
    children: roots.flatMap((root) => root.children),
  }
}

function iomem(address: number): string {
  return address.toString(16).padStart(8, '0')
}

function region(index: number, start: number, last: number, columns: string): string {
  const digits = (n: number) => n.toString(16).padStart(16, '0')
  return `${String(index).padStart(4)}: 0x${digits(start)}..0x${digits(last)} ${columns}\n`
}
