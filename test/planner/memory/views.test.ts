import { describe, expect, test } from 'vitest'
import {
  bookable,
  describable,
  hex,
  memoryMap,
  memoryText,
  range,
  type Range,
} from '../../../src/planner/index.ts'
import type { CaptureFiles } from '../../../src/planner/read/capture-files.ts'
import { snapshotOf, x86Host } from '../host.ts'

const ARM64_612: CaptureFiles = { uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux' }
const ARM64_61: CaptureFiles = { uname: 'Linux host 6.1.0-arm64 #1 SMP aarch64 GNU/Linux' }

function arm64(files: CaptureFiles) {
  return memoryMap(snapshotOf({ ...ARM64_612, ...files }))
}

const shown = (ranges: readonly Range[]) => ranges.map((r) => `${hex(r.start)}-${hex(r.last)}`)

describe('memblock view', () => {
  const iomem =
    '40000000-4fffffff : System RAM\n50000000-500fffff : reserved\n50100000-5fffffff : System RAM\n'

  test.each<[why: string, files: CaptureFiles, want: string[]]>([
    [
      'a flag says that memory is not mapped',
      {
        ...ARM64_612,
        iomem,
        'memblock-memory':
          '   0: 0x0000000040000000..0x000000004fffffff    0 NONE\n   1: 0x0000000050000000..0x00000000500fffff    0 NOMAP\n   2: 0x0000000050100000..0x000000005fffffff    0 NONE\n',
        'memblock-reserved': '   0: 0x0000000040000000..0x00000000401fffff    x NONE\n',
      },
      ['0x40200000-0x4fffffff', '0x50100000-0x5fffffff'],
    ],
    [
      'without flags the top level of iomem says it',
      {
        ...ARM64_61,
        iomem,
        'memblock-memory': '   0: 0x0000000040000000..0x000000005fffffff\n',
        'memblock-reserved': '   0: 0x0000000040000000..0x00000000401fffff\n',
      },
      ['0x40200000-0x4fffffff', '0x50100000-0x5fffffff'],
    ],
    [
      'regions that touch stay two: a hole never spans a node border',
      {
        ...ARM64_612,
        iomem: '40000000-5fffffff : System RAM\n',
        'memblock-memory':
          '   0: 0x0000000040000000..0x000000004fffffff    0 NONE\n   1: 0x0000000050000000..0x000000005fffffff    1 NONE\n',
        'memblock-reserved': '',
      },
      ['0x40000000-0x4fffffff', '0x50000000-0x5fffffff'],
    ],
    [
      'memory that a driver manages is left out',
      {
        ...ARM64_612,
        iomem: '40000000-4fffffff : System RAM\n',
        'memblock-memory':
          '   0: 0x0000000040000000..0x000000004fffffff    0 NONE\n   1: 0x0000000050000000..0x000000005fffffff    0 DRV_MNG\n',
        'memblock-reserved': '',
      },
      ['0x40000000-0x4fffffff'],
    ],
    [
      'hot-pluggable memory counts',
      {
        ...ARM64_612,
        iomem: '40000000-4fffffff : System RAM\n',
        'memblock-memory': '   0: 0x0000000040000000..0x000000004fffffff    0 HOTPLUG\n',
        'memblock-reserved': '',
      },
      ['0x40000000-0x4fffffff'],
    ],
    [
      'but not under movable_node',
      {
        ...ARM64_612,
        cmdline: 'root=/dev/vda movable_node',
        iomem: '40000000-4fffffff : System RAM\n',
        'memblock-memory': '   0: 0x0000000040000000..0x000000004fffffff    0 HOTPLUG\n',
        'memblock-reserved': '',
      },
      [],
    ],
  ])('%s', (_why, files, want) => {
    expect(shown(bookable(memoryMap(snapshotOf(files)), 'memblock'))).toEqual(want)
  })
})

describe('resource view', () => {
  test.each<[why: string, iomem: string, want: string[]]>([
    [
      'children exclude nothing',
      '00100000-3fffffff : System RAM\n  01000000-01ffffff : Kernel code\n  20000000-2fffffff : Crash kernel\n',
      ['0x100000-0x3fffffff'],
    ],
    [
      'RAM that a driver added is never walked',
      '00100000-3fffffff : System RAM\n100000000-1ffffffff : Soft Reserved\n  100000000-1ffffffff : dax0.0\n    100000000-1ffffffff : System RAM (kmem)\n',
      ['0x100000-0x3fffffff'],
    ],
    [
      'RAM below another kind of entry is found',
      '00100000-3fffffff : System RAM\n100000000-1ffffffff : CXL Window 0\n  100000000-1ffffffff : System RAM\n',
      ['0x100000-0x3fffffff', '0x100000000-0x1ffffffff'],
    ],
    [
      'persistent memory is not RAM',
      '00100000-3fffffff : System RAM\n100000000-1ffffffff : Persistent Memory\n',
      ['0x100000-0x3fffffff'],
    ],
  ])('%s', (_why, iomem, want) => {
    expect(shown(bookable(memoryMap(x86Host(iomem)), 'resources'))).toEqual(want)
  })
})

describe('strict view', () => {
  const memory = '   0: 0x0000000040000000..0x000000005fffffff    0 NONE\n'

  test('the image of the running kernel is free, its freed init memory with it', () => {
    const map = arm64({
      iomem:
        '40000000-5fffffff : System RAM\n  40200000-406affff : Kernel code\n  406b0000-407bffff : reserved\n  407c0000-40a9ffff : Kernel data\n',
      'memblock-memory': memory,
      'memblock-reserved':
        '   0: 0x0000000040200000..0x00000000406affff    0 NONE\n   1: 0x00000000407c0000..0x0000000040a9ffff    0 NONE\n',
    })
    expect(shown(bookable(map, 'strict'))).toEqual(['0x40000000-0x5fffffff'])
  })

  test('what iomem alone still calls reserved stays excluded; what the booted plan filled does not', () => {
    const map = arm64({
      iomem: '40000000-5fffffff : System RAM\n  48000000-480fffff : reserved\n',
      'memblock-memory': memory,
      'memblock-reserved': '   0: 0x0000000048000000..0x00000000480fffff    x NONE\n',
    })
    expect(shown(bookable(map, 'strict'))).toEqual(['0x40000000-0x47ffffff', '0x48100000-0x5fffffff'])
    expect(shown(bookable(map, 'strict', [range(0x48000000, 0x480fffff)]))).toEqual(['0x40000000-0x5fffffff'])
  })

  test('an LPI table that nothing reserves is a hazard, one that firmware reserves is not', () => {
    const dmesg = 'GICv3: using LPI property table @0x0000000048000000\n'
    const files = { iomem: '40000000-5fffffff : System RAM\n', 'memblock-memory': memory, dmesg }
    const loose = arm64({ ...files, 'memblock-reserved': '' })
    expect(loose.hazards).toHaveLength(1)
    expect(shown(bookable(loose, 'strict'))).toEqual(['0x40000000-0x47ffffff', '0x48010000-0x5fffffff'])
    const kept = arm64({
      ...files,
      'memblock-reserved': '   0: 0x0000000048000000..0x000000004800ffff    x NONE\n',
    })
    expect(kept.hazards).toEqual([])
  })

  test('x86_64: what the kernel was told to leave is left, and ranges split at setup_data are one again', () => {
    const map = memoryMap(
      x86Host(
        '00001000-000990df : System RAM\n000990e0-000990ef : System RAM\n000990f0-0009fbff : System RAM\n00100000-3fffffff : System RAM\n',
        {
          'firmware-memmap': '0 0x0 0x9fbff System RAM\n1 0x100000 0x7fffffff System RAM\n',
        },
      ),
    )
    expect(shown(bookable(map, 'strict'))).toEqual(['0x1000-0x9fbff', '0x100000-0x3fffffff'])
  })
})

test('what is booked and what is described are two answers: reserved memory is described, the crash kernel is not', () => {
  const map = arm64({
    iomem: '40000000-5fffffff : System RAM\n  50000000-57ffffff : Crash kernel\n',
    'memblock-memory': '   0: 0x0000000040000000..0x000000005fffffff    0 NONE\n',
    'memblock-reserved':
      '   0: 0x0000000040000000..0x0000000047ffffff    0 NONE\n   1: 0x0000000050000000..0x0000000057ffffff    0 NONE\n',
  })
  expect(shown(bookable(map, 'memblock'))).toEqual(['0x48000000-0x4fffffff', '0x58000000-0x5fffffff'])
  expect(shown(describable(map))).toEqual(['0x40000000-0x4fffffff', '0x58000000-0x5fffffff'])
})

describe('the memory digest', () => {
  const text = (iomem: string, extra: CaptureFiles = {}) => memoryText(x86Host(iomem, extra))
  const RAM = '00100000-3fffffff : System RAM\n'

  test.each<[why: string, one: string, other: string, same: boolean]>([
    [
      'a device that comes makes no difference',
      text(RAM),
      text(`${RAM}c0000000-c0000fff : 0000:00:1f.2\n`),
      true,
    ],
    ['nor does what meminfo says', text(RAM), text(RAM, { meminfo: 'MemTotal: 1024 kB\n' }), true],
    ['RAM of another size does', text(RAM), text('00100000-3ffeffff : System RAM\n'), false],
    ['so does what lies in RAM', text(RAM), text(`${RAM}  20000000-2fffffff : Crash kernel\n`), false],
    ['and what is reserved', text(RAM), text(`${RAM}40000000-4fffffff : Reserved\n`), false],
  ])('%s', (_why, one, other, same) => {
    expect(one === other).toBe(same)
  })
})
