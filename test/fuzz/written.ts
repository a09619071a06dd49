import type { BootParams } from '../../src/planner/read/boot-params.ts'
import type { DmesgFacts } from '../../src/planner/read/dmesg.ts'
import type { Symbols } from '../../src/planner/read/kallsyms.ts'
import type { EfiTable, KexecState } from '../../src/planner/read/small-files.ts'
import { hex, sizeOf } from '../../src/planner/index.ts'

/** What was read, written out again for the readers that have no writer of their own in the planner. */
export function writtenBootParams(params: BootParams): Uint8Array {
  const blob = new Uint8Array(4096)
  const view = new DataView(blob.buffer)
  const split = (low: number, high: number, value: number): void => {
    view.setUint32(low, value % 2 ** 32, true)
    view.setUint32(high, Math.floor(value / 2 ** 32), true)
  }
  if (params.protocol !== null) {
    view.setUint32(0x202, 0x53726448, true)
    view.setUint16(0x206, params.protocol, true)
  }
  if (params.initrd) {
    split(0x218, 0x0c0, params.initrd.start)
    split(0x21c, 0x0c4, sizeOf(params.initrd))
  }
  if (params.efiMemmap) {
    split(0x1d0, 0x1dc, params.efiMemmap.start)
    view.setUint32(0x1d4, sizeOf(params.efiMemmap), true)
  }
  split(0x228, 0x0c8, params.cmdlineAt ?? 0)
  view.setBigUint64(0x250, BigInt(params.setupDataAt ?? 0), true)
  view.setBigUint64(0x070, BigInt(params.rsdpAt ?? 0), true)
  blob[0x1e8] = params.e820.length
  for (const [i, entry] of params.e820.entries()) {
    view.setBigUint64(0x2d0 + 20 * i, BigInt(entry.start), true)
    view.setBigUint64(0x2d8 + 20 * i, BigInt(entry.size), true)
    view.setUint32(0x2e0 + 20 * i, entry.type, true)
  }
  return blob
}

export function writtenDmesg(facts: DmesgFacts): string {
  const lines = ['a boot log']
  for (const { kind, reserved, start } of facts.lpiTables) {
    const how = reserved ? 'using reserved' : 'using allocated'
    lines.push(`CPU0: ${how} LPI ${kind} table @0x${start.toString(16).padStart(16, '0')}`)
  }
  if (facts.crngReady) lines.push('random: crng init done')
  if (facts.possibleCpus !== null) lines.push(`smpboot: Allowing ${facts.possibleCpus} CPUs, 0 hotplug CPUs`)
  if (facts.efiMemmap) {
    lines.push(`MemMap Address                  : ${hex(facts.efiMemmap.start)}`)
    lines.push(`MemMap Size                     : ${hex(sizeOf(facts.efiMemmap))}`)
  }
  for (const { name, range } of facts.acpiTables) {
    const length = sizeOf(range).toString(16).toUpperCase().padStart(6, '0')
    lines.push(`ACPI: ${name} 0x${range.start.toString(16).toUpperCase().padStart(16, '0')} ${length}`)
  }
  if (facts.kaslr !== null) lines.push(facts.kaslr ? 'KASLR enabled' : 'KASLR disabled due to lack of seed')
  return lines.map((line) => `${line}\n`).join('')
}

export function writtenSymbols(symbols: Symbols): string {
  const lines = [...symbols].map(([name, address]) => `${address.slice(2)} T ${name}\n`)
  return `${'0'.repeat(16)} T hidden\n${lines.join('')}`
}

export function writtenSystab(tables: readonly EfiTable[]): string {
  return tables.map(({ name, address }) => `${name}=${hex(address)}\n`).join('')
}

export function writtenKexecState({ crashSize, crashLoaded, loaded }: KexecState): string {
  const lines: [string, number | null][] = [
    ['kexec_crash_size', crashSize],
    ['kexec_crash_loaded', crashLoaded === null ? null : Number(crashLoaded)],
    ['kexec_loaded', loaded === null ? null : Number(loaded)],
    ['another_file', 0],
  ]
  return lines.flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}\n`])).join('')
}
