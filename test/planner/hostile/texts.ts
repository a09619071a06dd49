import type { BadInputCode, BlobFile, CaptureFiles, TextFile } from '../../../src/planner/index.ts'
import { fdtBytes } from '../../../src/planner/read/fdt-bytes.ts'
import type { FdtNode } from '../../../src/planner/read/fdt.ts'

/**
 * Texts that are made to cost a reader much: `make` fills about so many bytes. What becomes of them at 64 KiB
 * is in the table, and the same or `too-many-lines` becomes of them at any size.
 */
export type HostileText = readonly [
  why: string,
  file: TextFile | BlobFile,
  make: (bytes: number) => string | Uint8Array,
  outcome: BadInputCode | 'read',
]

/** A host that is in order but for one file. */
export function hostWith(file: TextFile | BlobFile, content: string | Uint8Array): CaptureFiles {
  const memblock = file.startsWith('memblock-') ? MEMBLOCK : {}
  return {
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux\n',
    iomem: '40000000-7fffffff : System RAM\n',
    ...memblock,
    [file]: content,
  }
}

const MEMBLOCK: CaptureFiles = {
  'memblock-memory': '   0: 0x0000000040000000..0x000000007fffffff    0 NONE\n',
  'memblock-reserved': '   0: 0x0000000040000000..0x0000000040000fff    x NONE\n',
}

const PAGE = 0x1000
const BASE = 0x40000000

/** As many lines as fill so many bytes. */
function lines(bytes: number, line: (i: number) => string): string {
  const out: string[] = []
  for (let filled = 0, i = 0; filled < bytes; i++) {
    const one = `${line(i)}\n`
    out.push(one)
    filled += one.length
  }
  return out.join('')
}

const hex8 = (n: number) => n.toString(16).padStart(8, '0')
const hex16 = (n: number) => n.toString(16).padStart(16, '0')
const ram = (start: number, last: number, depth = 0) =>
  `${'  '.repeat(depth)}${hex8(start)}-${hex8(last)} : System RAM`
const tiny = (i: number) => ram(BASE + i * 2 * PAGE, BASE + i * 2 * PAGE + PAGE - 1)
const region = (i: number, start: number, last: number, columns = '   0 NONE') =>
  `${String(i).padStart(4)}: 0x${hex16(start)}..0x${hex16(last)} ${columns}`
const tinyRegion = (i: number) => region(i, BASE + i * 2 * PAGE, BASE + i * 2 * PAGE + PAGE - 1)
const efi = (i: number) =>
  `${i} type=0x6 phys=0x${(BASE + i * PAGE).toString(16)} virt=0x0 pages=0x1 attr=0xf`
const log = (i: number, words: string) => `[${String(i).padStart(5)}.000000] ${words}`

const IOMEM: readonly HostileText[] = [
  ['one long line', 'iomem', (n) => 'a'.repeat(n), 'bad-line'],
  ['nothing but newlines', 'iomem', (n) => '\n'.repeat(n), 'bad-line'],
  ['nothing but spaces', 'iomem', (n) => ' '.repeat(n), 'bad-line'],
  ['lines of spaces', 'iomem', (n) => lines(n, () => ' '.repeat(4000)), 'bad-line'],
  ['a NUL behind newlines', 'iomem', (n) => `${'\n'.repeat(n)}\0`, 'not-text'],
  ['a carriage return at the end', 'iomem', (n) => `${lines(n, tiny)}\r`, 'bad-line'],
  ['every address masked', 'iomem', (n) => lines(n, () => ram(0, 0)), 'masked-addresses'],
  ['masked but for the last', 'iomem', (n) => `${lines(n, () => ram(0, 0))}${ram(1, 2)}\n`, 'overlapping'],
  ['ever deeper', 'iomem', (n) => lines(n, (i) => ram(BASE, BASE + PAGE, i)), 'bad-nesting'],
  [
    'all at the deepest level',
    'iomem',
    (n) => `${lines(160, (i) => ram(BASE, BASE + 2 ** 40, i))}${lines(n, () => ram(BASE, BASE, 5))}`,
    'read',
  ],
  ['tiny ranges', 'iomem', (n) => lines(n, tiny), 'read'],
  ['tiny ranges, the last cut off', 'iomem', (n) => lines(n, tiny).slice(0, -2), 'read'],
  [
    'tiny ranges, the last nearly right',
    'iomem',
    (n) => `${lines(n, tiny)}ffffffff-ffffffff :`,
    'truncated-line',
  ],
  ['the same range again and again', 'iomem', (n) => lines(n, () => ram(BASE, BASE + PAGE)), 'overlapping'],
  ['every other one overlaps', 'iomem', (n) => lines(n, (i) => ram(BASE + i, BASE + i + 1)), 'overlapping'],
  ['from the top down', 'iomem', (n) => lines(n, (i) => ram(2 ** 50 - i, 2 ** 50 - i)), 'not-ascending'],
  [
    'thousands of digits',
    'iomem',
    (n) => lines(n, () => `${'f'.repeat(2000)}-${'f'.repeat(2000)} : x`),
    'beyond-2-53',
  ],
  ['long names', 'iomem', (n) => lines(n, (i) => `${tiny(i)} ${'x'.repeat(4000)}`), 'read'],
]

const MEMBLOCKS: readonly HostileText[] = (['memblock-memory', 'memblock-reserved'] as const).flatMap(
  (file): HostileText[] => [
    ['one long line', file, (n) => '0'.repeat(n), 'bad-line'],
    ['nothing but newlines', file, (n) => '\n'.repeat(n), 'bad-line'],
    ['tiny ranges', file, (n) => lines(n, tinyRegion), 'read'],
    ['the last nearly right', file, (n) => `${lines(n, tinyRegion)}   0: 0x`, 'truncated-line'],
    ['an index that does not count', file, (n) => lines(n, () => tinyRegion(0)), 'bad-value'],
    ['the same range', file, (n) => lines(n, (i) => region(i, BASE, BASE + PAGE)), 'overlapping'],
    ['from the top down', file, (n) => lines(n, (i) => region(i, 2 ** 50 - i, 2 ** 50 - i)), 'not-ascending'],
    [
      'hundreds of flags on each',
      file,
      (n) => lines(n, (i) => region(i, BASE + i, BASE + i, `0 ${'NOMAP|'.repeat(600)}NOMAP`)),
      'read',
    ],
    [
      'the last of hundreds unknown',
      file,
      (n) => lines(n, (i) => region(i, BASE + i, BASE + i, `0 ${'NOMAP|'.repeat(600)}NOMA`)),
      'unknown-flag',
    ],
  ],
)

const MAPS: readonly HostileText[] = [
  [
    'tiny ranges',
    'firmware-memmap',
    (n) => lines(n, (i) => `${i} 0x${(i * 2).toString(16)} 0x${(i * 2).toString(16)} RAM`),
    'read',
  ],
  [
    'from the top down',
    'firmware-memmap',
    (n) => lines(n, (i) => `${i} 0x${(2 ** 50 - i).toString(16)} 0x${(2 ** 50 - i).toString(16)} RAM`),
    'read',
  ],
  [
    'the same range',
    'firmware-memmap',
    (n) => lines(n, (i) => `${i} 0x1000 0x1fff System RAM`),
    'overlapping',
  ],
  [
    'the same number',
    'firmware-memmap',
    (n) => lines(n, (i) => `0 0x${i.toString(16)} 0x${i.toString(16)} RAM`),
    'bad-value',
  ],
  ['in order', 'efi-runtime-map', (n) => lines(n, efi), 'read'],
  ['the first missing', 'efi-runtime-map', (n) => lines(n, (i) => efi(i + 1)), 'bad-value'],
  ['one long line', 'efi-runtime-map', (n) => '1'.repeat(n), 'bad-line'],
]

const LOGS: readonly HostileText[] = [
  ['one long line', 'dmesg', (n) => 'using '.repeat(n / 6), 'read'],
  ['nothing but newlines', 'dmesg', (n) => '\n'.repeat(n), 'read'],
  [
    'LPI tables',
    'dmesg',
    (n) =>
      lines(n, (i) =>
        log(i, `GICv3: CPU0: using allocated LPI pending table @0x${hex16(BASE + i * 0x10000)}`),
      ),
    'read',
  ],
  [
    'an LPI table without its end',
    'dmesg',
    (n) => `${lines(n, (i) => log(i, 'x'))}using LPI property table @0x12`,
    'truncated-line',
  ],
  ['nearly an LPI table, on one line', 'dmesg', (n) => 'using a LPI p'.repeat(n / 13), 'read'],
  [
    'ACPI tables',
    'dmesg',
    (n) => lines(n, (i) => log(i, `ACPI: DSDT 0x${hex16(BASE + i * PAGE)} 000024`)),
    'read',
  ],
  ['nearly ACPI tables, on one line', 'dmesg', (n) => 'ACPI: '.repeat(n / 6), 'read'],
  [
    'what a mark stands in, on one line',
    'dmesg',
    (n) => 'g init ids: ids= KASLR MemMap Allowi Us plus '.repeat(n / 44),
    'read',
  ],
  ['beginnings of marks', 'dmesg', (n) => 'KALMUAgi'.repeat(n / 8), 'read'],
]

const SMALL: readonly HostileText[] = [
  ['names', 'kallsyms-few', (n) => lines(n, (i) => `${hex16(i + 1)} T name_${i}`), 'read'],
  [
    'spaces behind a name',
    'kallsyms-few',
    (n) => lines(n, () => `${hex16(1)} T name${' '.repeat(4000)}`),
    'read',
  ],
  ['options', 'kernel-config', (n) => lines(n, (i) => `CONFIG_${i}=y`), 'read'],
  ['comments', 'kernel-config', (n) => lines(n, () => `# ${'='.repeat(4000)}`), 'read'],
  ['tables', 'efi-systab', (n) => lines(n, (i) => `T${i}=0x${i.toString(16)}`), 'read'],
  ['names and numbers', 'kexec-sysfs', (n) => lines(n, (i) => `name_${i} ${i}`), 'read'],
  ['names and numbers', 'kexec-limits', (n) => lines(n, (i) => `name_${i} 1`), 'read'],
  ['the same line', 'meminfo', (n) => lines(n, () => 'MemTotal:       16384 kB'), 'read'],
  [
    'many CPUs, again and again',
    'cpus',
    (n) => lines(n, () => `possible ${Array.from({ length: 800 }, (_, i) => i * 2).join(',')}`),
    'read',
  ],
  ['one long line', 'uname', (n) => 'Linux '.repeat(n / 6), 'bad-line'],
  ['blanks', 'cmdline', (n) => ' '.repeat(n), 'read'],
  ['words', 'cmdline', (n) => 'movable_nod '.repeat(n / 12), 'read'],
  ['digits', 'boot-id', (n) => '0'.repeat(n), 'bad-value'],
  ['digits', 'page-size', (n) => '4'.repeat(n), 'bad-value'],
  ['brackets', 'lockdown', (n) => '[none] '.repeat(n / 7), 'bad-value'],
  ['zeros', 'secure-boot', (n) => '0'.repeat(n), 'bad-value'],
]

const EMPTY_NODE: FdtNode = { name: 'n', properties: [], children: [] }

function tree(root: FdtNode, strings: string): Uint8Array {
  const bytes = Uint8Array.from(strings, (char) => char.charCodeAt(0))
  return fdtBytes({ reservations: [], root, strings: bytes, padding: 0, bootCpu: 0, version: 17 })
}

const BLOBS: readonly HostileText[] = [
  [
    'nodes',
    'fdt',
    (n) =>
      tree({ ...EMPTY_NODE, name: '', children: Array<FdtNode>(Math.floor(n / 12)).fill(EMPTY_NODE) }, 'x\0'),
    'read',
  ],
  [
    'properties',
    'fdt',
    (n) => {
      const property = { name: 'x', nameAt: 0, value: new Uint8Array(0) }
      return tree(
        { ...EMPTY_NODE, name: '', properties: Array<typeof property>(Math.floor(n / 12)).fill(property) },
        'x\0',
      )
    },
    'read',
  ],
  ['nearly names', 'fdt', (n) => tree({ ...EMPTY_NODE, name: '' }, 'initrd-start\0'.repeat(n / 13)), 'read'],
  ['no end of a name', 'fdt', (n) => tree({ ...EMPTY_NODE, name: '' }, 'l'.repeat(n)), 'read'],
  [
    'padding',
    'fdt',
    (n) =>
      fdtBytes({
        reservations: [],
        root: { ...EMPTY_NODE, name: '' },
        strings: new Uint8Array(0),
        padding: n - (n % 4),
        bootCpu: 0,
        version: 17,
      }),
    'read',
  ],
  ['nothing', 'fdt', (n) => new Uint8Array(n), 'bad-blob'],
  ['nothing', 'boot-params', (n) => new Uint8Array(n), 'bad-blob'],
]

export const HOSTILE_TEXTS: readonly HostileText[] = [
  ...IOMEM,
  ...MEMBLOCKS,
  ...MAPS,
  ...LOGS,
  ...SMALL,
  ...BLOBS,
]
