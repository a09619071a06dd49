import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contains, overlaps, rangeOfSize, type Range } from '../../../src/planner/bytes/range.ts'
import { memoryMap, type MemoryMap } from '../../../src/planner/memory/memory-map.ts'
import { bookable } from '../../../src/planner/memory/views.ts'
import { whoHolds } from '../../../src/planner/memory/who-holds.ts'
import { hex, range } from '../../../src/planner/index.ts'
import { captureNames, loadCapture } from '../../capture.ts'
import { snapshotOf, x86Host } from '../host.ts'

const ARM64 = memoryMap(
  snapshotOf({
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
    iomem: [
      '40000000-5fffffff : System RAM',
      '  42000000-42ffffff : Kernel code',
      '  50000000-53ffffff : Crash kernel',
      '  54000000-540fffff : reserved',
      '70000000-7fffffff : System RAM',
      '80000000-8fffffff : System RAM (kmem)',
      '',
    ].join('\n'),
    'memblock-memory': [
      '   0: 0x0000000040000000..0x000000005effffff    0 NONE',
      '   1: 0x0000000070000000..0x0000000077ffffff    0 NONE',
      '   2: 0x0000000078000000..0x00000000780fffff    0 NOMAP',
      '   3: 0x0000000078100000..0x000000007fffffff    0 NONE',
      '',
    ].join('\n'),
    'memblock-reserved': [
      '   0: 0x0000000042000000..0x0000000042ffffff    x NONE',
      '   1: 0x0000000048000000..0x00000000480fffff    x NONE',
      '   2: 0x0000000050000000..0x0000000053ffffff    x NONE',
      '',
    ].join('\n'),
  }),
)

const X86 = memoryMap(
  x86Host(
    [
      '00100000-3fffffff : System RAM',
      '  01000000-01ffffff : Kernel code',
      '  10000000-13ffffff : Crash kernel',
      '40000000-400fffff : ACPI Tables',
      '40100000-7fffffff : System RAM',
      '',
    ].join('\n'),
    {
      'firmware-memmap':
        '0 0x100000 0x3fffffff System RAM\n1 0x40000000 0x400fffff ACPI Tables\n2 0x40100000 0x6fffffff System RAM\n',
    },
  ),
)

describe('who is named', () => {
  test.each<[why: string, map: MemoryMap, wanted: Range, own: Range[], want: string | null]>([
    ['free memory', ARM64, range(0x44000000, 0x44ffffff), [], null],
    ['up to the reservation', ARM64, range(0x47000000, 0x47ffffff), [], null],
    [
      'one byte into it',
      ARM64,
      range(0x47000000, 0x48000000),
      [],
      '0x48000000-0x480fffff reserved by memblock',
    ],
    ['its last byte', ARM64, range(0x480fffff, 0x48200000), [], '0x48000000-0x480fffff reserved by memblock'],
    ['the byte after it', ARM64, range(0x48100000, 0x48200000), [], null],
    ['the running kernel holds nothing', ARM64, range(0x42000000, 0x42ffffff), [], null],
    ['nor what booted it', ARM64, range(0x48000000, 0x480fffff), [range(0x48000000, 0x480fffff)], null],
    [
      'of what booted it only the rest is held',
      ARM64,
      range(0x48000000, 0x480fffff),
      [range(0x48000000, 0x4807ffff)],
      '0x48080000-0x480fffff reserved by memblock',
    ],
    [
      'a line of iomem says more than memblock',
      ARM64,
      range(0x50000000, 0x500fffff),
      [],
      '0x50000000-0x53ffffff Crash kernel',
    ],
    [
      'reserved at boot time alone',
      ARM64,
      range(0x54000000, 0x54000fff),
      [],
      '0x54000000-0x540fffff reserved',
    ],
    [
      'the lowest of several',
      ARM64,
      range(0x47000000, 0x54000fff),
      [],
      '0x48000000-0x480fffff reserved by memblock',
    ],
    [
      'a gap, as far as it is wanted',
      ARM64,
      range(0x5e000000, 0x71000000),
      [],
      '0x5f000000-0x6fffffff no memory by memblock',
    ],
    ['no RAM at all', ARM64, range(0x68000000, 0x680fffff), [], '0x68000000-0x680fffff no System RAM'],
    [
      'firmware keeps it',
      ARM64,
      range(0x77000000, 0x79000000),
      [],
      '0x78000000-0x780fffff memory without mapping',
    ],
    [
      'a driver added it',
      ARM64,
      range(0x80000000, 0x800fffff),
      [],
      '0x80000000-0x8fffffff System RAM that a driver added',
    ],
    ['x86_64: nested lines exclude nothing', X86, range(0x10000000, 0x100fffff), [], null],
    [
      'x86_64: firmware keeps it',
      X86,
      range(0x3ff00000, 0x40200000),
      [],
      '0x40000000-0x400fffff ACPI Tables',
    ],
    [
      'x86_64: the kernel has it, firmware has not',
      X86,
      range(0x6ff00000, 0x70000fff),
      [],
      '0x70000000-0x70000fff no RAM by the firmware map',
    ],
    ['below all memory', X86, range(0, 0xfff), [], '0x0-0xfff no System RAM'],
  ])('%s', (_why, map, wanted, own, want) => {
    const holder = whoHolds(map, wanted, own)
    expect(holder && `${hex(holder.range.start)}-${hex(holder.range.last)} ${holder.why}`).toBe(want)
  })

  test('a hazard, before everything else', () => {
    const files = loadCapture('arm64-dt-1g')
    const map = memoryMap(snapshotOf(files))
    const [hazard] = map.hazards
    if (!hazard) throw new Error('the capture shows an LPI table that nothing reserves')
    expect(whoHolds(map, hazard.range)).toEqual(hazard)
  })
})

/** Anything near the borders of a map: that is where rounding and off-by-one errors live. */
function wantedIn(map: MemoryMap): fc.Arbitrary<Range> {
  const borders = [
    ...map.systemRam,
    ...map.memblockReserved,
    ...map.protected.map((n) => n.range),
    ...map.nested.map((n) => n.range),
  ].flatMap((r) => [r.start, r.last])
  return fc
    .tuple(
      fc.constantFrom(...borders),
      fc.integer({ min: -2, max: 2 }),
      fc.constantFrom(1, 0x1000, 0x200000, 0x4000000),
    )
    .map(([border, by, bytes]) => rangeOfSize(Math.max(border + by, 0), bytes))
}

describe('over the captures', () => {
  test.each(captureNames())('%s: null exactly where the strict view has it', (name) => {
    const map = memoryMap(snapshotOf(loadCapture(name)))
    const owned = map.memblockReserved.filter((_, i) => i % 3 === 0)
    for (const own of [[], owned]) {
      const strict = bookable(map, 'strict', own)
      const property = fc.property(wantedIn(map), (wanted) => {
        const holder = whoHolds(map, wanted, own)
        expect(holder === null).toBe(strict.some((free) => contains(free, wanted)))
        if (!holder) return
        expect(overlaps(holder.range, wanted)).toBe(true)
        expect(holder.why).not.toBe('not bookable')
        const from = Math.max(wanted.start, holder.range.start)
        if (from > wanted.start) expect(whoHolds(map, range(wanted.start, from - 1), own)).toBeNull()
      })
      fc.assert(property, { numRuns: 60, seed: 4 })
    }
  })
})
