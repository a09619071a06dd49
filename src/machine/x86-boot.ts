import { alignUp } from '../planner/bytes/align.ts'
import { u32le } from '../planner/bytes/endian.ts'
import {
  intersection,
  merged,
  overlaps,
  range,
  rangeOfSize,
  subtract,
  type Range,
} from '../planner/bytes/range.ts'
import { readBootParams } from '../planner/read/boot-params.ts'
import type { FirmwareEntry } from '../planner/read/firmware-map.ts'
import type { IomemEntry } from '../planner/read/iomem.ts'
import type { KernelRelease } from '../planner/read/kernel-release.ts'
import { readCmdlineMemory, type CmdlineMemory } from './cmdline-memory.ts'
import { crashArea } from './crash-area.ts'
import type { X86HandOver } from './hand-over.ts'
import { safeU64le } from '../planner/bytes/endian.ts'
import { x86Lines, type KernelLine } from './kernel-layout.ts'
import type { Machine } from './machine.ts'
import { seededRandom } from './random.ts'

/** What an x86_64 kernel makes of its memory in its first second. */
export interface X86Boot {
  readonly firmwareMap: readonly FirmwareEntry[]
  readonly iomem: readonly IomemEntry[]
}

const RAM = 'System RAM'
const RESERVED = 'Reserved'
const E820_NAMES: { readonly [type: number]: string } = {
  1: RAM,
  2: RESERVED,
  3: 'ACPI Tables',
  4: 'ACPI Non-volatile Storage',
  5: 'Unusable memory',
  7: 'Persistent Memory',
  12: 'Persistent Memory (legacy)',
  0xefffffff: 'Soft Reserved',
}
const FIRST_PAGE = range(0, 0xfff)
const BIOS_AREA = range(0xa0000, 0xfffff)

/**
 * The resource tree of an x86_64 kernel that came up by kexec.
 *
 * Its RAM is what boot_params handed on, changed by its own command line, without page 0 and the BIOS
 * area, and split where setup_data lies; the rest of the tree is the hardware's and stays.
 *
 * Source: Linux arch/x86/kernel/e820.c, setup.c; Documentation/arch/x86/boot.rst.
 */
export function bootX86(
  machine: Machine,
  hand: X86HandOver,
  release: KernelRelease,
  seed: number,
): X86Boot | null {
  const firmwareMap = firmwareMapOf(hand.params)
  const ramSize = sizeOfAll(firmwareMap)
  const memory = readCmdlineMemory(hand.cmdline, ramSize)
  const map = kernelMap(firmwareMap, memory)
  const ram = merged(map.filter((e) => e.type === RAM).map((e) => e.range))
  const base = runsAt(hand, ram, memory, seed)
  if (base === null) return null
  const lines = x86Lines(machine, hand, base, release)
  const held = [...lines.map((l) => l.range), hand.paramsAt, ...(hand.initrd ? [hand.initrd] : [])]
  const crash = crashArea(memory.crash, ram, held, 'x86_64')
  const children = crash ? [...lines, { name: 'Crash kernel', range: crash }] : lines
  return { firmwareMap, iomem: treeOf(machine.snapshot.iomem, map, splitAt(ram, hand.setupData), children) }
}

/** The e820 table of boot_params, ascending; the stricter type wins where entries overlap. */
function firmwareMapOf(params: Uint8Array): FirmwareEntry[] {
  const facts = readBootParams(params)
  if (!facts.ok) return []
  const entries = facts.value.e820.filter((e) => e.size > 0)
  let out: FirmwareEntry[] = []
  for (const entry of entries.toSorted((a, b) => a.type - b.type)) {
    out = marked(out, rangeOfSize(entry.start, entry.size), E820_NAMES[entry.type] ?? 'Unknown E820 type')
  }
  return out
}

/** The kernel's own copy: the command line's changes, then what no PC has RAM at. */
function kernelMap(firmwareMap: readonly FirmwareEntry[], { limit, marks }: CmdlineMemory): FirmwareEntry[] {
  let out = [...firmwareMap]
  const ramWithin = (r: Range): Range[] =>
    out.flatMap((e) => (e.type === RAM ? (intersection(e.range, r) ?? []) : []))
  if (limit !== null) {
    const beyond = out.filter((e) => e.type === RAM && e.range.last >= limit)
    for (const entry of beyond)
      out = without(out, range(Math.max(entry.range.start, limit), entry.range.last))
  }
  for (const mark of marks)
    if (mark.size > 0) out = marked(out, rangeOfSize(mark.start, mark.size), mark.type)
  for (const piece of ramWithin(FIRST_PAGE)) out = marked(out, piece, RESERVED)
  for (const piece of ramWithin(BIOS_AREA)) out = without(out, piece)
  return out
}

function marked(map: readonly FirmwareEntry[], where: Range, type: string): FirmwareEntry[] {
  const all = [...without(map, where), { range: where, type }].sort((a, b) => a.range.start - b.range.start)
  const out: FirmwareEntry[] = []
  for (const entry of all) {
    const before = out.at(-1)
    if (before && before.type === entry.type && before.range.last + 1 === entry.range.start) {
      out[out.length - 1] = { range: range(before.range.start, entry.range.last), type: entry.type }
    } else out.push(entry)
  }
  return out
}

function without(map: readonly FirmwareEntry[], where: Range): FirmwareEntry[] {
  return map.flatMap((e) => subtract([e.range], [where]).map((piece) => ({ range: piece, type: e.type })))
}

/** Where the decompressor unpacks: the place it was loaded to, unless KASLR draws another. */
function runsAt(
  hand: X86HandOver,
  ram: readonly Range[],
  memory: CmdlineMemory,
  seed: number,
): number | null {
  const align = Math.max(u32le(hand.params, 0x230), 4096)
  const preferred = safeU64le(hand.params, 0x258) ?? 0
  const size = Math.max(u32le(hand.params, 0x260), 4096)
  const lowest = Math.max(hand.kernel.start, preferred)
  if (!memory.kaslr) return alignUp(lowest, align)
  const busy = [hand.paramsAt, ...(hand.initrd ? [hand.initrd] : []), ...hand.setupData]
  const free = subtract(ram, busy).filter(
    (r) => r.last + 1 - alignUp(Math.max(r.start, preferred), align) >= size,
  )
  const placesIn = (r: Range): number =>
    Math.floor((r.last + 1 - size - alignUp(Math.max(r.start, preferred), align)) / align) + 1
  let drawn = seededRandom(seed).below(free.reduce((sum, r) => sum + placesIn(r), 0))
  for (const r of free) {
    const places = placesIn(r)
    if (drawn < places) return alignUp(Math.max(r.start, preferred), align) + drawn * align
    drawn -= places
  }
  return null
}

/** RAM with the setup_data stretches as entries of their own; stretches that touch are one. */
function splitAt(ram: readonly Range[], setupData: readonly Range[]): Range[] {
  const stretches = merged(setupData)
  const inside = ram.flatMap((r) => stretches.flatMap((s) => intersection(r, s) ?? []))
  return [...subtract(ram, stretches), ...inside].sort((a, b) => a.start - b.start)
}

function treeOf(
  before: readonly IomemEntry[],
  map: readonly FirmwareEntry[],
  ram: readonly Range[],
  children: readonly KernelLine[],
): IomemEntry[] {
  const hardware = before.filter((e) => e.name !== RAM && !ram.some((r) => overlaps(r, e.range)))
  const missing = map.filter((e) => e.type !== RAM && !hardware.some((h) => overlaps(h.range, e.range)))
  const entries: IomemEntry[] = [
    ...hardware,
    ...missing.map((e) => ({ range: e.range, name: e.type, children: [] })),
    ...ram.map((r) => ({ range: r, name: RAM, children: childrenOf(r, children) })),
  ]
  return entries.sort((a, b) => a.range.start - b.range.start)
}

function childrenOf(parent: Range, lines: readonly KernelLine[]): IomemEntry[] {
  return lines
    .filter((line) => parent.start <= line.range.start && line.range.last <= parent.last)
    .map((line) => ({ range: line.range, name: line.name, children: [] }))
    .sort((a, b) => a.range.start - b.range.start)
}

function sizeOfAll(map: readonly FirmwareEntry[]): number {
  return map.filter((e) => e.type === RAM).reduce((sum, e) => sum + (e.range.last - e.range.start + 1), 0)
}
