import type { SegmentKind } from '../planner/index.ts'

/**
 * What a stretch of memory can be, in a picture. Each has a colour, a pattern and a letter of its own (`looks.ts`),
 * and stands in the legend in this order.
 */
export const CLASSES = [
  'ram',
  'free',
  'reserved',
  'unmapped',
  'acpi-tables',
  'acpi-nvs',
  'uefi',
  'persistent',
  'device',
  'running-kernel',
  'crash-kernel',
  'scratch',
  'hazard',
  'mixed',
  'unsteady',
  'gained',
  'lost',
  'load-kernel',
  'load-initrd',
  'load-other',
  'room',
  'pin',
  'pin-at-risk',
  'pin-broken',
  'refused',
] as const
export type MemoryClass = (typeof CLASSES)[number]

/** A class in words, for a legend. */
export const CLASS_WORDS: Readonly<Record<MemoryClass, string>> = {
  ram: 'RAM',
  free: 'may be booked',
  reserved: 'reserved',
  unmapped: 'memory without mapping',
  'acpi-tables': 'ACPI tables',
  'acpi-nvs': 'ACPI NVS',
  uefi: 'kept by UEFI',
  persistent: 'persistent memory',
  device: 'devices',
  'running-kernel': 'running kernel',
  'crash-kernel': 'crash kernel',
  scratch: 'handover scratch',
  hazard: 'hardware writes here',
  mixed: 'several, too many to draw',
  unsteady: 'not free in every boot',
  gained: 'free since',
  lost: 'free no longer',
  'load-kernel': 'next kernel',
  'load-initrd': 'next initrd',
  'load-other': 'other segments',
  room: 'room to grow',
  pin: 'pin',
  'pin-at-risk': 'pin at risk',
  'pin-broken': 'broken pin',
  refused: 'refused hole',
}

const NAMES: readonly (readonly [RegExp, MemoryClass])[] = [
  [/\bNOMAP\b|^(unmapped|memory without mapping)$/, 'unmapped'],
  [/\bKHO_SCRATCH\b/, 'scratch'],
  [/^(System RAM|memory)\b/, 'ram'],
  [/^Kernel (code|rodata|data|bss)$/, 'running-kernel'],
  [/^Crash kernel/, 'crash-kernel'],
  [/^GICv3 LPI/, 'hazard'],
  [/^ACPI (Non-volatile Storage|NVS)/, 'acpi-nvs'],
  [/^ACPI/, 'acpi-tables'],
  [/^UEFI/, 'uefi'],
  [/^Persistent/, 'persistent'],
  [/^(reserved|soft reserved|unusable memory|unknown e820 type|device reserved)/i, 'reserved'],
]

/** What a line is by its name, as iomem, the firmware map or memblock have it; what is not known is a device's. */
export function classOfName(name: string): MemoryClass {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? 'device'
}

export function classOfKind(kind: SegmentKind): MemoryClass {
  return kind === 'kernel' ? 'load-kernel' : kind === 'initrd' ? 'load-initrd' : 'load-other'
}
