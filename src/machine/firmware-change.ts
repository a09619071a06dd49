import { alignDown } from '../planner/bytes/align.ts'
import { inBoth, merged, overlaps, range, sizeOf, subtract, type Range } from '../planner/bytes/range.ts'
import { putU64le, safeU64le } from '../planner/bytes/endian.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { readEfiMap, renderEfiMap } from '../planner/read/efi-map.ts'
import { mapAddresses } from './boot-log.ts'
import type { BootTemplate } from './boot-template.ts'

/** What a firmware that was changed keeps elsewhere, and how far it may go without lying over other things. */
export interface FirmwareArea {
  readonly range: Range
  /** RAM lies above it too; else only its lower border can move. */
  readonly whole: boolean
  readonly down: number
  readonly up: number
}

const MIB = 0x100000
const X86_LOW = 16 * MIB
const FOUR_GIB = 0x100000000
/** UEFI keeps what it goes on using on arm64 aligned to this. Units: bytes. */
const ARM64_STEP = 0x10000
const X86_STEP = 0x1000
const E820_COUNT_AT = 0x1e8
const E820_AT = 0x2d0
const E820_SIZE = 20

/**
 * The lowest stretch that firmware keeps with RAM below it: on x86_64 the first above 16 MiB of the firmware map,
 * on arm64 what UEFI goes on using and the ACPI tables that touch it. Null on a host whose map no firmware makes.
 */
export function firmwareArea({
  machine,
  ram,
  large,
  small,
  firmware,
  stale,
  dtb,
  initrd,
}: BootTemplate): FirmwareArea | null {
  const { snapshot } = machine
  const isArm = snapshot.arch === 'arm64'
  if (isArm && !snapshot.efi) return null
  const known = snapshot.firmwareMap?.filter((e) => e.type === 'System RAM').map((e) => e.range) ?? null
  const plain = known ?? subtract(ram, firmware)
  const lowest = isArm ? (ram[0]?.start ?? 0) : X86_LOW
  const kept = merged(
    isArm
      ? [...snapshot.iomem.filter((e) => e.name === 'reserved').map((e) => e.range), ...wholePages(firmware)]
      : (snapshot.firmwareMap ?? []).filter((e) => e.type !== 'System RAM').map((e) => e.range),
  ).filter((r) => r.start > lowest && r.start < (isArm ? Infinity : FOUR_GIB))
  const mapped = kept.map((r) => {
    const below = plain.find((p) => p.last + 1 === r.start) ?? null
    const above = plain.find((p) => p.start === r.last + 1) ?? null
    return { r, below, above }
  })
  // A device tree's own reservations are no firmware's: UEFI's lie above all of them.
  const found = mapped.filter((m) => m.below && (m.above ?? !isArm) && sizeOf(m.r) >= ARM64_STEP)
  const area = isArm ? (found.at(-2) ?? found.at(-1)) : found[0]
  if (!area?.below) return null
  const children = snapshot.iomem.flatMap((e) =>
    e.children.filter((c) => c.name !== 'reserved').map((c) => c.range),
  )
  const others = [
    ...large,
    ...small,
    ...stale,
    ...children,
    ...(dtb ? [dtb] : []),
    ...(initrd ? [initrd] : []),
  ]
  const free = subtract([area.below, ...(area.above ? [area.above] : [])], isArm ? others : children)
  const under = free.find((f) => f.last + 1 === area.r.start)
  const over = free.find((f) => f.start === area.r.last + 1)
  const step = isArm ? ARM64_STEP : X86_STEP
  return {
    range: area.r,
    whole: area.above !== null,
    down: under ? alignDown(sizeOf(under), step) : 0,
    up: alignDown(area.above ? (over ? sizeOf(over) : 0) : sizeOf(area.r) / 2, step),
  }
}

/** The step that a change of this host's firmware is a multiple of. Units: bytes. */
export function firmwareStep({ machine }: BootTemplate): number {
  return machine.snapshot.arch === 'arm64' ? ARM64_STEP : X86_STEP
}

/**
 * The same capture with the area moved by so many bytes, and with it every address in it that any file or the
 * log tells. Units: bytes; down is negative.
 */
export function withFirmwareAt(files: CaptureFiles, area: FirmwareArea, by: number): CaptureFiles {
  if (by === 0) return files
  const { start, last } = area.range
  const map = (address: number): number => {
    const highest = area.whole ? last + 1 : start
    return address >= start - 1 && address <= highest ? address + by : address
  }
  const out: { [file: string]: string | Uint8Array } = { ...files }
  for (const file of [
    'memblock-memory',
    'memblock-reserved',
    'firmware-memmap',
    'efi-systab',
    'dmesg',
  ] as const)
    if (files[file] !== undefined) out[file] = mapAddresses(files[file], map)
  if (files.iomem !== undefined) out['iomem'] = mappedTree(files.iomem, map)
  if (files['efi-runtime-map'] !== undefined)
    out['efi-runtime-map'] = mappedEfiMap(files['efi-runtime-map'], area, by)
  if (files['boot-params']) out['boot-params'] = mappedE820(files['boot-params'], map)
  return out as CaptureFiles
}

function wholePages(firmware: readonly Range[]): Range[] {
  return firmware.filter((r) => r.start % ARM64_STEP === 0 && (r.last + 1) % ARM64_STEP === 0)
}

function mappedTree(text: string, map: (address: number) => number): string {
  return text.replace(
    /^( *)([0-9a-f]+)-([0-9a-f]+) : /gm,
    (_line, indent: string, start: string, last: string) => {
      const mapped = [start, last].map((d) =>
        map(Number.parseInt(d, 16)).toString(16).padStart(d.length, '0'),
      )
      return `${indent}${mapped.join('-')} : `
    },
  )
}

/** What boot services left where the area now lies is cut off: the map has no byte twice. */
function mappedEfiMap(text: string, area: FirmwareArea, by: number): string {
  const read = readEfiMap(text)
  if (!read.ok) return text
  const isKept = (r: Range) => overlaps(r, area.range)
  const now = area.whole
    ? range(area.range.start + by, area.range.last + by)
    : range(area.range.start + by, area.range.last)
  return renderEfiMap(
    read.value.flatMap((region) => {
      if (isKept(region.range) && area.whole)
        return [{ ...region, range: range(region.range.start + by, region.range.last + by) }]
      if (isKept(region.range)) return [region]
      return subtract([region.range], inBoth([region.range], [now])).map((r) => ({ ...region, range: r }))
    }),
  )
}

function mappedE820(params: Uint8Array, map: (address: number) => number): Uint8Array {
  const out = params.slice()
  for (let i = 0; i < (out[E820_COUNT_AT] ?? 0); i++) {
    const at = E820_AT + i * E820_SIZE
    const start = safeU64le(out, at)
    const size = safeU64le(out, at + 8)
    if (start === null || size === null || size === 0) continue
    putU64le(out, at, map(start))
    putU64le(out, at + 8, map(start + size - 1) - map(start) + 1)
  }
  return out
}
