import type { Snapshot } from '../planner/read/snapshot.ts'

/** Lines about the hardware and the firmware: the next kernel finds the same and says the same. */
const STAYS =
  /\befi\b|\bEFI\b|ACPI:|LPI|\bITS\b|GICv3|crng init done|nr_cpu_ids|smp: Allowing|reserve_regions|MemMap/
const PENDING = /using allocated LPI pending table/
const KASLR = /KASLR (enabled|disabled)/

/**
 * The part of the boot log that carries over to the next boot. LPI tables that EFI keeps reserved are
 * found in use by the next kernel, which then says `reserved` where the first said `allocated`.
 */
export function nextLog(log: string, snapshot: Snapshot, cmdline: string): string {
  const persistent =
    snapshot.dmesg?.lpiTables.every((table) => isReserved(snapshot, table.range.start)) ?? false
  const lines = log.split('\n').filter((line) => STAYS.test(line) && !KASLR.test(line))
  const kept = lines.map((line) =>
    persistent && PENDING.test(line) ? line.replace('allocated', 'reserved') : line,
  )
  const command = `[    0.000000] Kernel command line: ${cmdline}`
  const kaslr = /(^|\s)nokaslr(\s|$)/.test(cmdline) ? ['[    0.000000] KASLR disabled on command line'] : []
  return `${[command, ...kaslr, ...kept].join('\n')}\n`
}

function isReserved(snapshot: Snapshot, at: number): boolean {
  return snapshot.memblock?.reserved.some((r) => r.range.start <= at && at <= r.range.last) ?? false
}
