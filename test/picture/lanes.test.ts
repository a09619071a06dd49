import { describe, expect, test } from 'vitest'
import { classOfName, type MemoryClass } from '../../src/picture/classes.ts'
import type { Cell } from '../../src/picture/cell.ts'
import { foldLanes } from '../../src/picture/fold.ts'
import { mapPicture } from '../../src/picture/index.ts'
import { rowsOf } from '../../src/picture/rows.ts'
import { DEFAULT_POLICY, hex, type Pin } from '../../src/planner/index.ts'
import { range } from '../../src/planner/bytes/range.ts'
import { plan, x86Host } from '../planner/host.ts'
import { bareMap, bootOf, loadMap } from './subjects.ts'

const cell = (start: number, last: number, of: MemoryClass, depth = 0, label: string = of): Cell => ({
  range: range(start, last),
  class: of,
  label,
  depth,
})
const told = (cells: readonly Cell[]) =>
  cells.map(
    ({ range: r, label, lines }) => `${hex(r.start)}-${hex(r.last)} ${label}${lines ? ` x${lines}` : ''}`,
  )

test.each<[name: string, of: MemoryClass]>([
  ['System RAM', 'ram'],
  ['System RAM (kmem)', 'ram'],
  ['memory', 'ram'],
  ['memory NOMAP', 'unmapped'],
  ['memory KHO_SCRATCH', 'scratch'],
  ['memory without mapping', 'unmapped'],
  ['reserved', 'reserved'],
  ['reserved RSRV_KERN', 'reserved'],
  ['Reserved', 'reserved'],
  ['Soft Reserved', 'reserved'],
  ['Unusable memory', 'reserved'],
  ['Kernel code', 'running-kernel'],
  ['Kernel bss', 'running-kernel'],
  ['Crash kernel', 'crash-kernel'],
  ['Crash kernel (low)', 'crash-kernel'],
  ['ACPI Tables', 'acpi-tables'],
  ['ACPI DSDT', 'acpi-tables'],
  ['ACPI Non-volatile Storage', 'acpi-nvs'],
  ['UEFI memory type 6', 'uefi'],
  ['Persistent Memory (legacy)', 'persistent'],
  ['GICv3 LPI pending table', 'hazard'],
  ['PCI Bus 0000:00', 'device'],
  ['Kernel code of somebody', 'device'],
])('%s is %s', (name, of) => expect(classOfName(name)).toBe(of))

describe('folding', () => {
  const PAGE = 4096
  const fold = (cells: Cell[], most?: number) =>
    told(foldLanes([{ name: 'iomem', cells }], PAGE, () => false, most)[0]?.cells ?? [])

  test.each<[why: string, cells: Cell[], want: string[]]>([
    [
      'one class, less than a page apart',
      [cell(0, 0xff, 'reserved'), cell(0x10ff, 0x11ff, 'reserved')],
      ['0x0-0x11ff reserved x2'],
    ],
    [
      'a page apart',
      [cell(0, 0xff, 'reserved'), cell(0x1100, 0x11ff, 'reserved')],
      ['0x0-0xff reserved', '0x1100-0x11ff reserved'],
    ],
    [
      'another class between',
      [cell(0, 0xff, 'reserved'), cell(0x100, 0x1ff, 'uefi'), cell(0x200, 0x2ff, 'reserved')],
      ['0x0-0xff reserved', '0x100-0x1ff uefi', '0x200-0x2ff reserved'],
    ],
    [
      'RAM that touches',
      [cell(0, 0xff, 'ram'), cell(0x100, 0x1ff, 'ram')],
      ['0x0-0xff ram', '0x100-0x1ff ram'],
    ],
    [
      'the same class in two parents',
      [
        cell(0, 0xfff, 'ram'),
        cell(0xff0, 0xfff, 'reserved', 1),
        cell(0x1000, 0x1fff, 'ram'),
        cell(0x1000, 0x10ff, 'reserved', 1),
      ],
      ['0x0-0xfff ram', '0xff0-0xfff reserved', '0x1000-0x1fff ram', '0x1000-0x10ff reserved'],
    ],
    [
      'devices within 256 MiB',
      [cell(0, 0xff, 'device'), cell(0x10000000, 0x100000ff, 'device')],
      ['0x0-0x100000ff device x2'],
    ],
    [
      'devices a page farther apart',
      [cell(0, 0xfff, 'device'), cell(0x10001000, 0x10001fff, 'device')],
      ['0x0-0xfff device', '0x10001000-0x10001fff device'],
    ],
    [
      'what a device holds is counted, memory behind it stays',
      [
        cell(0, 0xffff, 'device'),
        cell(0, 0xff, 'device', 1),
        cell(0x8000, 0x8fff, 'ram', 1, 'System RAM (kmem)'),
      ],
      ['0x0-0xffff device x2', '0x8000-0x8fff System RAM (kmem)'],
    ],
  ])('%s', (_why, cells, want) => expect(fold(cells)).toEqual(want))

  test('too many: as many neighbours as it takes become one, and what is kept stays', () => {
    const cells = Array.from({ length: 12 }, (_, i) =>
      cell(i * 0x10000, i * 0x10000 + 0xfff, i % 2 ? 'reserved' : 'uefi'),
    )
    expect(fold(cells, 12)).toHaveLength(12)
    expect(fold(cells, 11)).toHaveLength(6)
    expect(fold(cells, 4)).toHaveLength(4)
    const kept = (c: Cell) => c.range.start === 0x50000
    const [lane] = foldLanes([{ name: 'iomem', cells }], PAGE, kept, 4)
    expect(lane?.cells.some((c) => kept(c) && c.lines === undefined)).toBe(true)
  })

  test('bytes between do not count', () => {
    const cells = [cell(0, 0xff, 'free'), cell(0x200, 0x2ff, 'free')]
    expect(foldLanes([{ name: 'usable', cells }], PAGE, () => false)[0]?.cells[0]?.bytes).toBe(0x200)
  })
})

test('rows tell the deepest cell of each lane between two borders', () => {
  const rows = rowsOf([
    { cells: [cell(0, 99, 'ram'), cell(10, 19, 'reserved', 1), cell(15, 29, 'uefi', 1)] },
    { cells: [cell(50, 59, 'free')] },
  ])
  expect(rows.map(({ at, to, cells }) => [at, to, ...cells.map((c) => c?.class ?? '-')])).toEqual([
    [0, 10, 'ram', '-'],
    [10, 15, 'reserved', '-'],
    [15, 20, 'uefi', '-'],
    [20, 30, 'uefi', '-'],
    [30, 50, 'ram', '-'],
    [50, 60, 'ram', 'free'],
    [60, 100, 'ram', '-'],
  ])
})

describe('lanes', () => {
  const names = (capture: string) => bareMap(capture).lanes.map(({ name }) => name)

  test('a source that was not captured has none', () => {
    expect(names('x86_64-ovmf-4g')).toEqual(['firmware', 'iomem', 'usable'])
    expect(names('arm64-dt-1g')).toEqual(['firmware', 'iomem', 'memblock', 'usable'])
  })

  test('what the boot log alone tells stands among what may be booked', () => {
    const usable = bareMap('arm64-dt-1g').lanes.find(({ name }) => name === 'usable')
    expect(usable?.cells.filter((c) => c.class === 'hazard').map((c) => c.label)).toEqual([
      'GICv3 LPI property table',
      'GICv3 LPI pending table',
    ])
  })

  test('nodes and fixed borders are marked', () => {
    expect(bareMap('x86_64-ovmf-4g').marks.map(({ label }) => label)).toEqual(['1 MiB', '16 MiB', '4 GiB'])
    expect(bareMap('arm64-dt-2g-numa2-hotplug-k612').marks.map(({ label }) => label)).toContain('node 1')
  })

  test('so are the limits of what had no place', () => {
    const { marks } = loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file')
    expect(marks.filter(({ limit }) => limit).map(({ at, label }) => `${hex(at)} ${label}`)).toEqual([
      '0x42a10000 lowest for the initrd',
      '0x840000001 highest for the initrd',
    ])
  })
})

describe('pins', () => {
  const pin: Pin = {
    purpose: 'reboot',
    kind: 'initrd',
    mem: '0x1c000000',
    room: 0x2000000,
    reason: 'set by hand',
  }
  const snapshot = x86Host(
    '00001000-0009fbff : System RAM\n00100000-1fffffff : System RAM\n1c000000-1c0fffff : Reserved\n'.replace(
      '1fffffff',
      '1bffffff',
    ),
  )
  const pinned = (more: object) =>
    mapPicture({ snapshot, pins: [pin], ...more }).lanes.find(({ name }) => name === 'pins')?.cells

  test('as they are told, where nobody has judged them', () => {
    expect(pinned({})?.map((c) => [c.class, c.because])).toEqual([['pin', 'set by hand']])
  })

  test.each([
    ['holds', 'pin'],
    ['at-risk', 'pin-at-risk'],
    ['broken', 'pin-broken'],
  ] as const)('one that %s is of class %s', (verdict, of) => {
    const drift = [{ purpose: 'reboot', kind: 'initrd', mem: pin.mem, verdict, sentence: 'so', by: null }]
    expect(pinned({ drift })?.map((c) => [c.class, c.because])).toEqual([[of, 'so']])
  })

  test('a broken one that may not move shows where it would go', () => {
    const made = plan(snapshot, { pins: [pin], policy: { ...DEFAULT_POLICY, onBroken: 'strict' } })
    if (made.ok || made.error.code !== 'pin-broken') throw new Error('the pin is broken')
    const cells = pinned({ failure: made.error }) ?? []
    expect(cells.map((c) => [c.class, c.badge ?? null, hex(c.range.start)])).toEqual([
      ['load-initrd', 'nearest', made.error.nearest.mem],
      ['pin-broken', null, pin.mem],
    ])
  })

  test('room beyond the highest address there is ends there', () => {
    const far = { ...pin, mem: '0x1ffffffffff000', room: 0x100000 }
    const lane = mapPicture({ snapshot, pins: [far] }).lanes.at(-1)
    expect(lane?.cells[0]?.range.last).toBe(Number.MAX_SAFE_INTEGER)
  })
})

test('a picture says first what there is to say', () => {
  expect(bareMap('x86_64-seabios-512m').sentence).toMatch(/^\d+(\.\d)? MiB may be booked, in \d+ pieces$/)
  expect(loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned').sentence).toMatch(
    /^4 segments, .* for a reboot; by pins/,
  )
  expect(loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file').sentence).toBe(
    'No hole for the initrd: 200 MiB aligned to 4 KiB, from 0x42a10000 on. All 23 holes were refused; the nearest to it lacks 7 MiB.',
  )
  const made = plan(bootOf('arm64-dt-1g'), { strategy: 'kexec_file', initrdSize: 2 ** 32 })
  if (made.ok) throw new Error('an initrd that no loader reads')
  const picture = mapPicture({ snapshot: bootOf('arm64-dt-1g'), failure: made.error })
  expect([picture.failed, picture.sentence.slice(0, 12)]).toEqual([true, 'An initrd of'])
})
