import { isSince, type FirmwareEntry, type IomemEntry, type Snapshot } from '../planner/index.ts'
import type { LoadPlan, LoadSource } from './load-plan.ts'

interface BootParamsRequest {
  readonly segment: LoadPlan['segments'][number]
  readonly plan: LoadPlan
  readonly source: LoadSource
}

const PAGE = 4096
const HEADER_AT = 0x1f1
/** Jump offset of the setup header: its length counted from 0x202. */
const HEADER_LENGTH_AT = 0x201
const ELFCOREHDR_OPTION = 30
const EFI_DESCRIPTOR = 48
const SETUP_HEADER = 16
const EFI_SETUP_DATA = 96
const RNG_SEED = 32
const SETUP_EFI = 4
const SETUP_RNG_SEED = 9
const LOADER_KEXEC = 0xd0
const E820_AT = 0x2d0
const E820_SIZE = 20
const MAX_E820 = 128
const E820_TYPES: { readonly [name: string]: number } = {
  'System RAM': 1,
  Reserved: 2,
  'ACPI Tables': 3,
  'ACPI Non-volatile Storage': 4,
  'Unusable memory': 5,
  'Persistent Memory': 7,
  'Persistent Memory (legacy)': 12,
  'Soft Reserved': 0xefffffff,
}
/** Carried over from the running kernel's page: screen, ACPI's root pointer, UEFI's system table. */
const CARRIED = [
  { at: 0x000, size: 0x40 },
  { at: 0x070, size: 8 },
  { at: 0x1c0, size: 0x10 },
  { at: 0x1d8, size: 4 },
] as const

/**
 * x86_64's boot_params as the loader fills them: the page, the command line, the UEFI runtime map and
 * the setup_data that hang on it. Seeds are zeros.
 *
 * Units: bytes. Errors: what is missing or does not fit, as a text.
 * Source: Linux Documentation/arch/x86/zero-page.rst, boot.rst; arch/x86/kernel/kexec-bzimage64.c for the order.
 */
export function bootParamsBytes({ segment, plan, source }: BootParamsRequest): Uint8Array | string {
  const { snapshot, kernel } = source
  const at = Number(segment.mem)
  const cmdline = Buffer.from(`${plan.inputs.cmdline}\0`)
  const runtimeMap = snapshot.efiRuntimeMap ?? []
  const mapAt = alignUp16(PAGE + cmdline.length + ELFCOREHDR_OPTION)
  const efiAt = mapAt + alignUp16(runtimeMap.length * EFI_DESCRIPTOR)
  const rngAt = efiAt + SETUP_HEADER + EFI_SETUP_DATA
  const hasRng = isSince(snapshot.release, 6, 0)
  const needed = hasRng ? rngAt + SETUP_HEADER + RNG_SEED : rngAt
  if (needed > segment.bufsz) return `${needed} bytes, ${segment.bufsz} planned`
  const table = e820Of(snapshot)
  if (table.length > MAX_E820) return `${table.length} e820 entries, ${MAX_E820} allowed`

  const out = new Uint8Array(segment.bufsz)
  const view = new DataView(out.buffer)
  const before = source.files['boot-params']
  for (const { at: from, size } of CARRIED) if (before) out.set(before.subarray(from, from + size), from)
  const headerLast = 0x202 + (kernel[HEADER_LENGTH_AT] ?? 0)
  out.set(kernel.subarray(HEADER_AT, headerLast), HEADER_AT)
  out[0x210] = LOADER_KEXEC
  out.set(cmdline, PAGE)
  putSplit(view, at + PAGE, { low: 0x228, high: 0x0c8 })
  const initrd = plan.segments.find((s) => s.kind === 'initrd')
  putSplit(view, initrd ? Number(initrd.mem) : 0, { low: 0x218, high: 0x0c0 })
  putSplit(view, initrd?.bufsz ?? 0, { low: 0x21c, high: 0x0c4 })
  out[0x1e8] = table.length
  table.forEach((entry, i) => putE820(view, E820_AT + i * E820_SIZE, entry))

  let first = 0
  if (runtimeMap.length > 0) {
    runtimeMap.forEach((region, i) => putEfiRegion(view, mapAt + i * EFI_DESCRIPTOR, region))
    putSplit(view, at + mapAt, { low: 0x1d0, high: 0x1dc })
    view.setUint32(0x1d4, runtimeMap.length * EFI_DESCRIPTOR, true)
    putSetupData(view, efiAt, { next: first, type: SETUP_EFI, size: EFI_SETUP_DATA })
    first = at + efiAt
  }
  if (hasRng) {
    putSetupData(view, rngAt, { next: first, type: SETUP_RNG_SEED, size: RNG_SEED })
    first = at + rngAt
  }
  view.setBigUint64(0x250, BigInt(first), true)
  return out
}

/** The firmware's map as the running kernel was given it; without one, what the resource tree shows of it. */
function e820Of(snapshot: Snapshot): readonly FirmwareEntry[] {
  if (snapshot.firmwareMap) return snapshot.firmwareMap
  const shown = (e: IomemEntry): FirmwareEntry[] =>
    e.name in E820_TYPES ? [{ range: e.range, type: e.name }] : e.children.flatMap(shown)
  return snapshot.iomem.flatMap(shown)
}

function putE820(view: DataView, at: number, { range, type }: FirmwareEntry): void {
  view.setBigUint64(at, BigInt(range.start), true)
  view.setBigUint64(at + 8, BigInt(range.last - range.start + 1), true)
  view.setUint32(at + 16, E820_TYPES[type] ?? 2, true)
}

type EfiRegionOf = NonNullable<Snapshot['efiRuntimeMap']>[number]

function putEfiRegion(view: DataView, at: number, region: EfiRegionOf): void {
  const { range } = region
  view.setUint32(at, region.type, true)
  view.setBigUint64(at + 8, BigInt(range.start), true)
  view.setBigUint64(at + 16, BigInt(region.virt), true)
  view.setBigUint64(at + 24, BigInt((range.last - range.start + 1) / PAGE), true)
  view.setBigUint64(at + 32, BigInt(region.attribute), true)
}

function putSetupData(view: DataView, at: number, node: { next: number; type: number; size: number }): void {
  view.setBigUint64(at, BigInt(node.next), true)
  view.setUint32(at + 8, node.type, true)
  view.setUint32(at + 12, node.size, true)
}

/** A number whose low and high 32 bits stand in two places of the page. */
function putSplit(view: DataView, value: number, at: { low: number; high: number }): void {
  view.setUint32(at.low, value % 2 ** 32, true)
  view.setUint32(at.high, Math.floor(value / 2 ** 32), true)
}

function alignUp16(n: number): number {
  return Math.ceil(n / 16) * 16
}
