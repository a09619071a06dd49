import { expect, test } from 'vitest'
import { readCmdlineMemory } from '../../src/machine/cmdline-memory.ts'

const MIB = 0x100000
const GIB = 0x40000000

test.each<[cmdline: string, want: object]>([
  ['', { limit: null, marks: [], crash: null, kaslr: true }],
  ['quiet nokaslr', { kaslr: false }],
  ['nokaslrs', { kaslr: true }],
  ['mem=1G', { limit: GIB }],
  ['mem=0x1000', { limit: 0x1000 }],
  ['mem=lots', { limit: null }],
  ['memmap=64M$0x30000000', { marks: [{ start: 0x30000000, size: 64 * MIB, type: 'Reserved' }] }],
  ['memmap=1G!5G', { marks: [{ start: 5 * GIB, size: GIB, type: 'Persistent Memory (legacy)' }] }],
  [
    'memmap=1M@2M,1M#8M',
    {
      marks: [
        { start: 2 * MIB, size: MIB, type: 'System RAM' },
        { start: 8 * MIB, size: MIB, type: 'ACPI Tables' },
      ],
    },
  ],
  ['memmap=512M', { limit: 512 * MIB }],
  ['crashkernel=256M', { crash: { size: 256 * MIB, at: null, high: false } }],
  ['crashkernel=256M@512M', { crash: { size: 256 * MIB, at: 512 * MIB, high: false } }],
  ['crashkernel=512M,high', { crash: { size: 512 * MIB, at: null, high: true } }],
  ['crashkernel=512M-2G:64M,2G-:128M', { crash: { size: 128 * MIB, at: null, high: false } }],
  ['crashkernel=512M-4G:64M,4G-:128M', { crash: { size: 64 * MIB, at: null, high: false } }],
  ['crashkernel=4G-:128M', { crash: null }],
])('%s', (cmdline, want) => {
  expect(readCmdlineMemory(cmdline, 2 * GIB)).toMatchObject(want)
})
