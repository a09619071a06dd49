import { describe, expect, test } from 'vitest'
import {
  bookable,
  describable,
  memoryMap,
  range,
  renderIomem,
  renderMemblock,
  type CaptureFiles,
  type MemoryMap,
  type Range,
} from '../../../src/planner/index.ts'
import { snapshotOf, x86Host } from '../host.ts'

const RAM = range(0x40000000, 0x4fffffff)
const HOLE = range(0x44000000, 0x44ffffff)
const AROUND = [range(0x40000000, 0x43ffffff), range(0x45000000, 0x4fffffff)]

/** An arm64 host with one range of RAM, in both lists; what a test is about goes on top. */
function arm64(files: CaptureFiles = {}): MemoryMap {
  return memoryMap(
    snapshotOf({
      uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
      iomem: iomem([]),
      'memblock-memory': memory([RAM], []),
      'memblock-reserved': '',
      ...files,
    }),
  )
}

function iomem(children: readonly { range: Range; name: string }[], name = 'System RAM'): string {
  return renderIomem([{ range: RAM, name, children: children.map((c) => ({ ...c, children: [] })) }])
}

function memory(ranges: readonly Range[], flags: readonly string[] | null): string {
  return renderMemblock(ranges.map((r) => ({ range: r, node: flags && 0, flags })))
}

const three = (flags: string) =>
  renderMemblock([
    { range: AROUND[0] as Range, node: 0, flags: [] },
    { range: HOLE, node: 0, flags: [flags] },
    { range: AROUND[1] as Range, node: 0, flags: [] },
  ])
const WHOLE = [AROUND[0], HOLE, AROUND[1]]

describe('the regions of memblock that the loader walks', () => {
  test.each<[why: string, files: CaptureFiles, want: unknown]>([
    ['all', {}, [RAM]],
    ['not one without mapping', { 'memblock-memory': three('NOMAP') }, AROUND],
    ['not one that a driver manages', { 'memblock-memory': three('DRV_MNG') }, AROUND],
    ['a hot-pluggable one', { 'memblock-memory': three('HOTPLUG') }, WHOLE],
    [
      'not a hot-pluggable one with movable_node',
      { 'memblock-memory': three('HOTPLUG'), cmdline: 'movable_node' },
      AROUND,
    ],
    [
      'nor with movable_node between other options',
      { 'memblock-memory': three('HOTPLUG'), cmdline: 'quiet movable_node ro' },
      AROUND,
    ],
    [
      'a hot-pluggable one with an option that only looks like it',
      { 'memblock-memory': three('HOTPLUG'), cmdline: 'xmovable_node movable_nodes' },
      WHOLE,
    ],
    [
      'a mirrored one with movable_node',
      { 'memblock-memory': three('MIRROR'), cmdline: 'movable_node' },
      WHOLE,
    ],
    [
      'not a top-level reserved of a release that lists no flags',
      {
        'memblock-memory': memory([RAM], null),
        iomem: renderIomem([
          { range: AROUND[0] as Range, name: 'System RAM', children: [] },
          { range: HOLE, name: 'reserved', children: [] },
          { range: AROUND[1] as Range, name: 'System RAM', children: [] },
        ]),
      },
      AROUND,
    ],
  ])('%s', (_why, files, want) => {
    expect(arm64(files).memblockMemory).toEqual(want)
  })
})

describe('what is System RAM', () => {
  test.each<[why: string, name: string, ram: Range[], driver: Range[]]>([
    ['System RAM', 'System RAM', [RAM], []],
    ['what a driver added', 'System RAM (kmem)', [], [RAM]],
    ['nothing that only begins so', 'System RAM2', [], []],
    ['nothing that only ends so', 'not System RAM', [], []],
  ])('%s', (_why, name, ram, driver) => {
    const map = memoryMap(x86Host(iomem([], name)))
    expect([map.systemRam, map.driverManaged]).toEqual([ram, driver])
  })

  test('of the firmware map too, and nothing else of it', () => {
    const map = memoryMap(
      x86Host(iomem([]), {
        'firmware-memmap': '0 0x40000000 0x43ffffff System RAM\n1 0x44000000 0x44ffffff Reserved\n',
      }),
    )
    expect(map.firmwareRam).toEqual([range(0x40000000, 0x43ffffff)])
    expect(map.protected).toEqual([{ range: HOLE, why: 'Reserved' }])
  })
})

describe('what the next kernel must find whole, ascending', () => {
  const ACPI = 'ACPI: FACP 0x0000000042000000 001000\n'
  const UEFI = 'efi: MemMap Address : 0x41000000\nefi: MemMap Size : 0x1000\n'
  const runtime = (type: number) =>
    `0 type=0x${type.toString(16)} phys=0x44000000 virt=0x0 pages=0x1000 attr=0x8000000000000000\n`
  test.each<[why: string, files: CaptureFiles, want: unknown]>([
    ['nothing', {}, []],
    ['memory without mapping', { 'memblock-memory': three('NOMAP') }, [[HOLE, 'memory without mapping']]],
    [
      'the UEFI map and the ACPI tables of the log',
      { dmesg: ACPI + UEFI },
      [
        [range(0x41000000, 0x41000fff), 'UEFI memory map'],
        [range(0x42000000, 0x42000fff), 'ACPI FACP'],
      ],
    ],
    [
      'in ascending order, whichever source names them first',
      { dmesg: UEFI, 'efi-runtime-map': runtime(5) },
      [
        [range(0x41000000, 0x41000fff), 'UEFI memory map'],
        [HOLE, 'UEFI memory type 5'],
      ],
    ],
    ['runtime services', { 'efi-runtime-map': runtime(5) }, [[HOLE, 'UEFI memory type 5']]],
    ['not the loader, of which nothing is left', { 'efi-runtime-map': runtime(1) }, []],
    ['not boot services', { 'efi-runtime-map': runtime(4) }, []],
    ['not conventional memory', { 'efi-runtime-map': runtime(7) }, []],
  ])('%s', (_why, files, want) => {
    expect(arm64(files).protected.map((p) => [p.range, p.why])).toEqual(want)
  })

  test("x86_64's ACPI tables are in its firmware map", () => {
    expect(memoryMap(x86Host(iomem([]), { dmesg: ACPI })).protected).toEqual([])
  })
})

describe('GICv3 tables are a hazard until something reserves them', () => {
  const dmesg = 'GICv3: using LPI property table @0x0000000044000000\n'
  const reserved = (last: number) => memory([range(0x44000000, last)], [])
  test.each<[why: string, files: CaptureFiles, want: number]>([
    ['nothing does', { dmesg }, 1],
    ['memblock does', { dmesg, 'memblock-reserved': reserved(0x4400ffff) }, 0],
    ['memblock does but for the last byte', { dmesg, 'memblock-reserved': reserved(0x4400fffe) }, 1],
    ['there is none', { dmesg: 'no table\n' }, 0],
  ])('%s', (_why, files, want) => {
    expect(arm64(files).hazards).toHaveLength(want)
  })
})

describe("the running kernel's image", () => {
  const lines = (code: number) => [
    { range: range(code, code + 0xffffff), name: 'Kernel code' },
    { range: range(code + 0x1000000, code + 0x1ffffff), name: 'reserved' },
    { range: range(code + 0x2000000, code + 0x2ffffff), name: 'Kernel data' },
  ]
  test.each<[why: string, map: MemoryMap, want: Range | null]>([
    ['no line shows it', arm64(), null],
    [
      'from code to data, what lies between included',
      arm64({ iomem: iomem(lines(0x42000000)) }),
      range(0x42000000, 0x44ffffff),
    ],
    [
      'arm64 starts it a segment above its head',
      arm64({ iomem: iomem(lines(0x42010000)) }),
      range(0x42000000, 0x4500ffff),
    ],
    [
      'another distance is no head',
      arm64({ iomem: iomem(lines(0x42020000)) }),
      range(0x42020000, 0x4501ffff),
    ],
    ['x86_64 has no such head', memoryMap(x86Host(iomem(lines(0x42010000)))), range(0x42010000, 0x4500ffff)],
  ])('%s', (_why, map, want) => {
    expect(map.runningKernel).toEqual(want)
  })

  test('counts as free in the strict view, as the plan that booted it does; nested reserved does not', () => {
    const map = arm64({
      iomem: iomem(lines(0x42000000)),
      'memblock-reserved': memory([range(0x42000000, 0x44ffffff), range(0x46000000, 0x46ffffff)], []),
    })
    expect(bookable(map, 'strict')).toEqual([range(0x40000000, 0x45ffffff), range(0x47000000, 0x4fffffff)])
    expect(bookable(map, 'strict', [range(0x46000000, 0x46ffffff)])).toEqual([RAM])
    const nested = arm64({ iomem: iomem([{ range: HOLE, name: 'reserved' }]) })
    expect(bookable(nested, 'strict')).toEqual(AROUND)
    expect(bookable(nested, 'tools')).toEqual(AROUND)
    expect(bookable(nested, 'memblock')).toEqual([RAM])
    expect(nested.runningKernel).toBe(null)
  })
})

describe('the views', () => {
  const crash = arm64({ iomem: iomem([{ range: HOLE, name: 'Crash kernel' }]) })
  const x86 = memoryMap(
    x86Host(iomem([{ range: HOLE, name: 'Reserved' }]), {
      'firmware-memmap': '0 0x40000000 0x43ffffff System RAM\n1 0x60000000 0x6fffffff System RAM\n',
    }),
  )
  test.each<[why: string, found: readonly Range[], want: unknown]>([
    ['describable: all but the reservation for a crash kernel', describable(crash), AROUND],
    ['describable without memblock', describable(x86), [RAM]],
    ['resources of x86_64: its entries whole', bookable(x86, 'resources'), [RAM]],
    [
      'tools of x86_64: the firmware map, whatever iomem says',
      bookable(x86, 'tools'),
      [range(0x40000000, 0x43ffffff), range(0x60000000, 0x6fffffff)],
    ],
    ['strict of x86_64: both', bookable(x86, 'strict'), [range(0x40000000, 0x43ffffff)]],
    ['memblock of x86_64: it is not kept', bookable(x86, 'memblock'), []],
    ['strict without a firmware map', bookable(memoryMap(x86Host(iomem([]))), 'strict'), [RAM]],
    [
      'strict: only what memblock has too',
      bookable(arm64({ 'memblock-memory': memory([HOLE], []) }), 'strict'),
      [HOLE],
    ],
  ])('%s', (_why, found, want) => {
    expect(found).toEqual(want)
  })
})
