import { describe, expect, test } from 'vitest'
import { hardwareText } from '../../../src/planner/memory/hardware-text.ts'
import type { CaptureFiles } from '../../../src/planner/read/capture-files.ts'
import { captureNames, hostFile, loadCapture } from '../../capture.ts'
import { snapshotOf, x86Host } from '../host.ts'

const textOf = (files: CaptureFiles) => hardwareText(snapshotOf(files))

/** Captures of one machine: the same memory behind the same firmware, whatever the kernel and its command line. */
const MACHINES: readonly (readonly string[])[] = [
  [
    'arm64-dt-1g',
    'arm64-dt-1g-exec',
    'arm64-dt-1g-exec-gicv2',
    'arm64-dt-1g-exec-k612',
    'arm64-dt-1g-gicv2-k612',
  ],
  [
    'arm64-dt-2g-crash-toobig',
    'arm64-dt-2g-k612-64k',
    'arm64-dt-2g-smp4-gicv2-toolsexec-k612',
    'arm64-dt-2g-smp4-gicv2-toolsexec-k612-host2',
  ],
  ['arm64-dt-3g-nomap', 'arm64-dt-3g-nomap-k612'],
  ['arm64-uefi-acpi-1g-kaslr1', 'arm64-uefi-acpi-1g-kaslr2', 'arm64-uefi-acpi-1g-kaslr3'],
  [
    'arm64-uefi-acpi-2g',
    'arm64-uefi-acpi-2g-exec',
    'arm64-uefi-acpi-2g-exec-k612',
    'arm64-uefi-acpi-2g-exec-k612-host2',
    'arm64-uefi-acpi-2g-k612',
  ],
  [
    'arm64-uefi-acpi-4g-boot1',
    'arm64-uefi-acpi-4g-boot2',
    'arm64-uefi-acpi-4g-boot3',
    'arm64-uefi-acpi-4g-debian61',
    'arm64-uefi-acpi-4g-nokaslr1',
    'arm64-uefi-acpi-4g-nokaslr2',
    'arm64-uefi-acpi-4g-possible100-k612',
    'arm64-uefi-acpi-4g-smp4-k612',
    'arm64-uefi-dt-4g',
    'arm64-uefi-dt-4g-k612',
  ],
  [
    'arm64-uefi-acpi-512m',
    'arm64-uefi-acpi-512m-kaslr1',
    'arm64-uefi-acpi-512m-kaslr1-k612',
    'arm64-uefi-acpi-512m-kaslr2',
    'arm64-uefi-acpi-512m-kaslr2-k612',
    'arm64-uefi-acpi-512m-kaslr3',
  ],
  ['arm64-uefi-dt-3g-nomap', 'arm64-uefi-dt-3g-nomap-debian612'],
  ['x86_64-ovmf-4g', 'x86_64-ovmf-4g-exec'],
  ['x86_64-seabios-1g', 'x86_64-seabios-1g-exactfit'],
  [
    'x86_64-seabios-2g',
    'x86_64-seabios-2g-crash-toobig',
    'x86_64-seabios-2g-exec',
    'x86_64-seabios-2g-k612',
    'x86_64-seabios-2g-memmap-holes',
  ],
  ['x86_64-seabios-4g-kaslr1', 'x86_64-seabios-4g-mem1g', 'x86_64-seabios-4g-nokaslr'],
  ['x86_64-seabios-8g-k612', 'x86_64-seabios-8g-numa2-i200', 'x86_64-seabios-8g-pmem'],
]

/** What the second kernel of an experiment showed, laid over the first one's capture. */
function secondKernel(name: string): CaptureFiles {
  const text = (file: string) => hostFile(name, `second-kernel-${file}.txt`)?.toString('utf8')
  const shown = {
    iomem: text('iomem'),
    'memblock-memory': text('memblock-memory'),
    'firmware-memmap': e820(name),
  }
  const there = Object.entries(shown).filter(([, content]) => content !== undefined)
  return { ...loadCapture(name), ...Object.fromEntries(there) }
}

const E820_NAMES: Record<string, string> = {
  usable: 'System RAM',
  reserved: 'Reserved',
  'ACPI data': 'ACPI Tables',
  'ACPI NVS': 'ACPI Non-volatile Storage',
}

/** The map that an x86_64 kernel was handed, from its log, in the form of /sys/firmware/memmap. */
function e820(name: string): string | undefined {
  const log = hostFile(name, 'second-kernel-dmesg.txt')?.toString('utf8') ?? ''
  const entries = [...log.matchAll(/BIOS-e820: \[mem (0x[0-9a-f]+)-(0x[0-9a-f]+)\] (.+)/g)]
  const plain = (hex = '') => `0x${Number(hex).toString(16)}`
  const lines = entries.map(([, start, last, type = ''], i) => {
    return `${i} ${plain(start)} ${plain(last)} ${E820_NAMES[type] ?? type}\n`
  })
  return lines.length > 0 ? lines.join('') : undefined
}

describe('captures', () => {
  const alone = captureNames().filter((name) => !MACHINES.flat().includes(name))

  test('one text a machine, and no machine has the text of another', () => {
    const texts = [...MACHINES, ...alone.map((name) => [name])].map(
      (boots) => new Set(boots.map((name) => textOf(loadCapture(name)))),
    )
    expect(texts.map((boots) => boots.size)).toEqual(texts.map(() => 1))
    expect(new Set(texts.flatMap((boots) => [...boots])).size).toBe(texts.length)
  })

  test.each(captureNames().filter((name) => hostFile(name, 'second-kernel-iomem.txt')))(
    '%s: the kernel that really came up by kexec sees the same hardware',
    (name) => {
      const second = secondKernel(name)
      expect(second.iomem).not.toBe(loadCapture(name).iomem)
      expect(textOf(second)).toBe(textOf(loadCapture(name)))
    },
  )
})

describe('a made-up map', () => {
  const iomem = '00100000-1fffffff : System RAM\n'
  const map = (text: string) => hardwareText(x86Host(iomem, { 'firmware-memmap': text }))
  const whole = map('0 0x100000 0x1fffffff System RAM\n1 0x20000000 0x2000ffff Reserved\n')

  test.each<[why: string, text: string, same: boolean]>([
    [
      'RAM in two parts that touch is the same',
      '0 0x100000 0x11ffff System RAM\n1 0x120000 0x1fffffff System RAM\n2 0x20000000 0x2000ffff Reserved\n',
      true,
    ],
    [
      'a byte less of RAM is not',
      '0 0x100000 0x1ffffffe System RAM\n1 0x20000000 0x2000ffff Reserved\n',
      false,
    ],
    [
      'the same range of another kind is not',
      '0 0x100000 0x1fffffff System RAM\n1 0x20000000 0x2000ffff ACPI Tables\n',
      false,
    ],
    ['a range that is not told any more is not', '0 0x100000 0x1fffffff System RAM\n', false],
  ])('%s', (_why, text, same) => expect(map(text) === whole).toBe(same))

  test('what a boot reserves is not in it, without a firmware map neither', () => {
    const bare = { uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux' }
    const one = textOf({ ...bare, iomem: '40000000-7fffffff : System RAM\n  48000000-48ffffff : reserved\n' })
    const other = textOf({
      ...bare,
      iomem: '40000000-7fffffff : System RAM\n  50000000-50ffffff : Kernel code\n',
    })
    expect(one).toBe(other)
    expect(one).toBe('arm64\n0x40000000-0x7fffffff memory\n')
  })
})
