import { expect, test } from 'vitest'
import type { CaptureFiles } from '../../../src/planner/read/capture-files.ts'
import { readSnapshot, type Snapshot } from '../../../src/planner/read/snapshot.ts'

const ARM: CaptureFiles = {
  uname: 'Linux (none) 6.12.95-berth-arm64 #1 SMP aarch64 GNU/Linux\n',
  iomem: '40000000-7fffffff : System RAM\n',
}
const X86: CaptureFiles = { ...ARM, uname: 'Linux h 6.1.0-56-amd64 #1 SMP x86_64 GNU/Linux\n' }
const K64 = ARM.uname?.replace('-arm64', '-arm64-64k') ?? ''
const REGION = '   0: 0x0000000040000000..0x000000007fffffff\n'

test.each<[why: string, files: CaptureFiles, want: Partial<Snapshot>]>([
  [
    'the least that is enough',
    ARM,
    { arch: 'arm64', memblock: null, fdt: null, cmdline: '', efi: false, bootId: null },
  ],
  ['a page size that nothing tells', ARM, { pageSize: 4096, pageSizeFrom: 'assumed' }],
  ['a page size by the release', { ...ARM, uname: K64 }, { pageSize: 65536, pageSizeFrom: 'release' }],
  [
    'a page size of its own',
    { ...ARM, uname: K64, 'page-size': '16384\n' },
    { pageSize: 16384, pageSizeFrom: 'page-size' },
  ],
  ['x86_64 has one page size', { ...X86, 'page-size': '4096' }, { arch: 'x86_64', pageSize: 4096 }],
  ['UEFI by its folder', { ...ARM, 'efi-ls': 'systab\n' }, { efi: true, efiSystab: null }],
  [
    'UEFI by its tables',
    { ...ARM, 'efi-systab': 'ACPI20=0x1000\n' },
    { efi: true, efiSystab: [{ name: 'ACPI20', address: 4096 }] },
  ],
  [
    'blank files of a host without UEFI',
    { ...ARM, 'efi-ls': '\n', 'efi-systab': '', 'efi-runtime-map': '' },
    { efi: false, efiRuntimeMap: null },
  ],
  [
    'both memblock lists, one empty',
    { ...ARM, 'memblock-memory': REGION, 'memblock-reserved': '' },
    {
      memblock: {
        memory: [{ range: { start: 0x40000000, last: 0x7fffffff }, node: null, flags: null }],
        reserved: [],
      } as unknown as Snapshot['memblock'],
    },
  ],
  ['CPUs by the log', { ...ARM, dmesg: 'nr_cpu_ids=4\n' }, { possibleCpus: 4 }],
  [
    'CPUs by their file before the log',
    { ...ARM, dmesg: 'nr_cpu_ids=4\n', cpus: 'possible 0-7\n' },
    { possibleCpus: 8 },
  ],
])('%s', (_why, files, want) => {
  const result = readSnapshot(files)
  expect(result.ok && result.value).toMatchObject(want)
})

test.each<[why: string, files: CaptureFiles, want: string[]]>([
  ['no file', {}, ['missing-file uname', 'missing-file iomem']],
  ['an empty iomem', { ...ARM, iomem: '' }, ['empty-file iomem']],
  ['memblock memory alone', { ...ARM, 'memblock-memory': REGION }, ['missing-file memblock-reserved']],
  ['memblock reserved alone', { ...ARM, 'memblock-reserved': REGION }, ['missing-file memblock-memory']],
  [
    'an empty list of memory',
    { ...ARM, 'memblock-memory': '', 'memblock-reserved': '' },
    ['empty-file memblock-memory'],
  ],
  ['a page size that arm64 lacks', { ...ARM, 'page-size': '8192' }, ['bad-value page-size']],
  ['a page size that x86_64 lacks', { ...X86, 'page-size': '65536' }, ['bad-value page-size']],
  ['a tree without bytes', { ...ARM, fdt: new Uint8Array(0) }, ['bad-blob fdt']],
  ['another architecture', { ...ARM, uname: 'Linux h 6.1.0 #1 s390x GNU/Linux' }, ['unknown-arch uname']],
  [
    'several files at once, in the order in which they are read',
    {
      uname: 'x',
      iomem: 'x',
      'memblock-memory': 'x',
      'memblock-reserved': 'x',
      dmesg: 'x\0',
      cpus: 'x',
      'page-size': 'x',
      'boot-id': '?',
      'firmware-memmap': 'x',
      'efi-runtime-map': 'x',
      'efi-systab': 'x',
      fdt: new Uint8Array(3),
      'boot-params': new Uint8Array(3),
      'kexec-sysfs': 'x',
      meminfo: 'x',
      purgatory: 'x',
    },
    [
      'bad-line uname',
      'bad-line iomem',
      'bad-line memblock-memory',
      'bad-line memblock-reserved',
      'not-text dmesg',
      'bad-value cpus',
      'bad-value page-size',
      'bad-value boot-id',
      'bad-line firmware-memmap',
      'bad-line efi-runtime-map',
      'truncated-line efi-systab',
      'bad-blob fdt',
      'bad-blob boot-params',
      'truncated-line kexec-sysfs',
      'bad-value meminfo',
      'bad-value purgatory',
    ],
  ],
])('%s', (_why, files, want) => {
  const result = readSnapshot(files)
  expect(result.ok ? [] : result.error.map(({ code, file }) => `${code} ${file}`)).toEqual(want)
})
