import type { BootVariation } from '../machine/boot-variation.ts'

/** Everything that the simulated boots draw by. Odds are from 0 through 1; the rest are the most that is drawn. */
export interface Rates extends BootVariation {
  readonly boot_by_firmware: number
}

/** Odds of each boot, or the most that a draw gives; and what it is fitted to. */
interface Rate {
  readonly value: number
  readonly unit: 'odds' | 'bytes' | 'pages'
  readonly fitted: string
}

/** Names as in a file for `--rates`, in the order in which they are printed. */
export const RATE_TABLE: { readonly [N in keyof Rates]: Rate } = {
  boot_by_firmware: {
    value: 0.25,
    unit: 'odds',
    fitted: 'no capture: a fleet that kexecs, and loses power or gets new firmware now and then',
  },
  // arm64-uefi-acpi-4g-boot1..3: 0x13ffe8000 twice, 0x13ffe7000 once; 1g-kaslr1..3: one of three as well.
  small_shift: {
    value: 0.33,
    unit: 'odds',
    fitted: 'arm64-uefi-acpi-4g-boot3, -1g-kaslr3: one boot in three',
  },
  small_shift_pages: { value: 1, unit: 'pages', fitted: 'the same: one page' },
  // What the image pushes away needs no odds: it follows from where the image lies.
  large_shift: {
    value: 0.05,
    unit: 'odds',
    fitted: 'none moved by itself in ten boots (4g-boot1..3, 4g-nokaslr1..2, 1g- and 512m-kaslr): kept rare',
  },
  large_shift_bytes: {
    value: 0x200000,
    unit: 'bytes',
    fitted: 'arm64-uefi-acpi-1g-kaslr1: 0x78d50000 for 0x78c00000, less than 2 MiB',
  },
  stub_shift: {
    value: 0.02,
    unit: 'odds',
    fitted: 'none moved in the boots of one host; drivers that start in another order leave other holes',
  },
  stub_shift_bytes: {
    value: 0x200000,
    unit: 'bytes',
    fitted: 'initrd of -512m (6.1) and -512m-k612: 2.2 MiB apart',
  },
  table_shift: {
    value: 0.3,
    unit: 'odds',
    fitted: 'GIC tables and their list pages: 0x100018000 or 0x100015000, 0x40050000 or 0x40070000',
  },
  table_shift_bytes: { value: 0x20000, unit: 'bytes', fitted: 'the same: up to two tables of 64 KiB' },
  // Only where the image lies on their place: then they go above it.
  table_clearance_bytes: {
    value: 0x500000,
    unit: 'bytes',
    fitted:
      'arm64-uefi-acpi-4g-possible100-k612: image up to 0x10092ffff, tables from 0x100ce3000 to 0x100e3ffff',
  },
  initrd_grows: {
    value: 0.01,
    unit: 'odds',
    fitted: 'no capture: the initrd of the boot loader is made anew by updates',
  },
  initrd_growth_bytes: { value: 0x40000, unit: 'bytes', fitted: 'no capture: a module or two' },
  initrd_growth_most_bytes: {
    value: 0x100000,
    unit: 'bytes',
    fitted: 'no capture; arm64-dt-* leave 1.6 MiB free above',
  },
  dtb_grows: { value: 0.01, unit: 'odds', fitted: 'no capture: the tree of the boot loader gets an overlay' },
  dtb_growth_bytes: { value: 0x1000, unit: 'bytes', fitted: 'no capture: one page' },
  dtb_growth_most_bytes: { value: 0x4000, unit: 'bytes', fitted: 'no capture: a few overlays' },
  efi_map_splits: {
    value: 0.1,
    unit: 'odds',
    fitted: 'x86_64-ovmf-4g and -2g-k612: 105 and 102 entries of like firmware',
  },
  firmware_change: {
    value: 0.01,
    unit: 'odds',
    fitted: 'no capture: an update or a setting, one boot by firmware in a hundred',
  },
  firmware_move_bytes: {
    value: 0x400000,
    unit: 'bytes',
    fitted: 'arm64-uefi-* and x86_64-ovmf-*: what UEFI goes on using is 1 to 4 MiB large',
  },
}

export const RATES = Object.fromEntries(
  Object.entries(RATE_TABLE).map(([name, { value }]) => [name, value]),
) as unknown as Rates

/** What is wrong with a file of rates. */
export interface BadRate {
  /** RFC 6901, into the file. */
  readonly pointer: string
  readonly expected: string
  readonly found: string
}

/**
 * The table with the entries that a file replaces.
 *
 * Errors: every entry that has no such name, is no number, or lies outside what its unit allows.
 */
export function replacedRates(given: unknown): { readonly rates: Rates; readonly bad: readonly BadRate[] } {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return {
      rates: RATES,
      bad: [{ pointer: '', expected: 'an object of rates by name', found: shown(given) }],
    }
  const bad: BadRate[] = []
  for (const [name, value] of Object.entries(given)) {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const known = Object.hasOwn(RATE_TABLE, name) ? RATE_TABLE[name as keyof Rates] : null
    const expected = known ? allowed(known) : `one of ${Object.keys(RATE_TABLE).join(', ')}`
    if (!known) bad.push({ pointer, expected, found: 'no such rate' })
    else if (!fits(value, known)) bad.push({ pointer, expected, found: shown(value) })
  }
  return { rates: { ...RATES, ...given }, bad }
}

const MOST_PAGES = 16
const MOST_BYTES = 0x10000000

function allowed({ unit }: Rate): string {
  if (unit === 'odds') return 'a number from 0 through 1'
  return `a whole number of ${unit} from 0 through ${unit === 'pages' ? MOST_PAGES : MOST_BYTES}`
}

function fits(value: unknown, { unit }: Rate): boolean {
  if (typeof value !== 'number' || !(value >= 0)) return false
  if (unit === 'odds') return value <= 1
  return Number.isInteger(value) && value <= (unit === 'pages' ? MOST_PAGES : MOST_BYTES)
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80)
}
