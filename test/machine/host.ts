import type { CaptureFiles } from '../../src/planner/index.ts'
import { machineFrom, type Machine, type MachineOptions } from '../../src/machine/index.ts'

/** A small arm64 host with device tree: RAM from 1 to 2 GiB, a firmware hole in it, a kernel at its start. */
export const SMALL: CaptureFiles = {
  uname: 'Linux small 6.1.0-1-arm64 #1 SMP aarch64 GNU/Linux\n',
  cmdline: 'quiet\n',
  'boot-id': '11111111-2222-4333-8444-555555555555\n',
  meminfo: 'MemTotal:        1048576 kB\n',
  iomem: [
    '40000000-5fffffff : System RAM',
    '  40210000-4065ffff : Kernel code',
    '  40660000-4073ffff : reserved',
    '  40740000-4085ffff : Kernel data',
    '60000000-600fffff : reserved',
    '60100000-7fffffff : System RAM',
    '',
  ].join('\n'),
  'memblock-memory': [
    '   0: 0x0000000040000000..0x000000005fffffff',
    '   1: 0x0000000060000000..0x00000000600fffff',
    '   2: 0x0000000060100000..0x000000007fffffff',
    '',
  ].join('\n'),
  'memblock-reserved': [
    '   0: 0x0000000040210000..0x000000004085ffff',
    '   1: 0x0000000050000000..0x000000005000ffff',
    '   2: 0x000000007f000000..0x000000007fffffff',
    '',
  ].join('\n'),
  dmesg: [
    '[    0.000000] memblock_reserve: [0x0000000050000000-0x000000005000ffff] efi_memattr_init+0x80/0xbc',
    '[    0.000000] GICv3: using LPI property table @0x0000000048000000',
    '[    0.000000] GICv3: CPU0: using allocated LPI pending table @0x0000000048010000',
    '',
  ].join('\n'),
}

export function smallMachine(
  files: Partial<CaptureFiles> = {},
  options: Partial<MachineOptions> = {},
): Machine {
  const machine = machineFrom({ ...SMALL, ...files }, { seed: 1, ...options })
  if (!machine.ok) throw new Error(JSON.stringify(machine.error))
  return machine.value
}
