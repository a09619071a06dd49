import { range, type Range } from '../planner/bytes/range.ts'

const TWO_ADDRESSES = /0x0*([0-9a-f]{1,14})-0x0*([0-9a-f]{1,14})/
/** What a simulated boot's log keeps: everything that anybody reads of a log. */
const KEPT =
  /LPI|ACPI: |MemMap|KASLR|crng init done|nr_cpu_ids|Allowing \d+|RAMDISK|efi: (?!\s+0x)|memblock_reserve: \S+ (?:efi_|acpi_|reserve_regions|early_init_|fdt_)/

/** The two addresses of every line that matches, in the log's order. */
export function logRanges(log: string, pattern: RegExp): Range[] {
  const out: Range[] = []
  for (const line of log.split('\n')) {
    const found = pattern.test(line) && TWO_ADDRESSES.exec(line)
    if (!found) continue
    const start = Number.parseInt(found[1] as string, 16)
    const last = Number.parseInt(found[2] as string, 16)
    if (last >= start) out.push(range(start, last))
  }
  return out
}

/** The lines of a log that say something of memory that others than its kernel placed. */
export function shortLog(log: string): string {
  return log
    .split('\n')
    .filter((line) => KEPT.test(line))
    .map((line) => `${line}\n`)
    .join('')
}

/** Every `0x…` address of a text, mapped; the digits keep their number and their case. */
export function mapAddresses(text: string, map: (address: number) => number): string {
  return text.replace(/0x([0-9a-fA-F]{5,16})\b/g, (whole, digits: string) => {
    const address = Number.parseInt(digits, 16)
    const mapped = map(address)
    if (mapped === address) return whole
    const now = mapped.toString(16).padStart(digits.length, '0')
    return `0x${/[A-F]/.test(digits) ? now.toUpperCase() : now}`
  })
}
