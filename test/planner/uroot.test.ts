import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alignDown, alignUp } from '../../src/planner/bytes/align.ts'
import { MAX_PHYS_ADDR } from '../../src/planner/bytes/phys-addr.ts'
import {
  contains,
  intersection,
  merged,
  overlaps,
  rangeOfSize,
  sizeOf,
  subtract,
  type Range,
} from '../../src/planner/bytes/range.ts'
import {
  kexecBuf,
  locateHole,
  readFirmwareMap,
  renderIomem,
  renderMemblock,
} from '../../src/planner/index.ts'
import { loadCapture } from '../capture.ts'
import { plan, snapshotOf } from './host.ts'
import { arm64Head } from './image/headers.ts'
import { readable } from './read/refused.ts'

/** A range of u-root: start and size, and a size of 0 is allowed. */
interface Sized {
  readonly start: string
  readonly size: string
}
type Typed = Sized & { readonly type: string }
type Pair = { readonly r: Sized; readonly r2: Sized }
interface Load {
  readonly name: string
  readonly ram: readonly Sized[]
  readonly ramfs_len: number | null
  readonly reserved: readonly Sized[]
  readonly want?: { readonly kernel: Sized; readonly initrd?: Sized; readonly dtb: Sized }
  readonly error?: string
}
interface Uroot {
  readonly find_space: readonly {
    readonly name: string
    readonly ranges: readonly Sized[]
    readonly size: string
    readonly limit: readonly [string, string] | null
    readonly start_align: string | null
    readonly align_start_and_size: string | null
    readonly want: Sized | null
  }[]
  readonly minus: readonly (Pair & { readonly want: readonly Sized[] })[]
  readonly intersect: readonly (Pair & { readonly want: Sized | null })[]
  readonly adjacent: readonly (Pair & { readonly want: boolean })[]
  readonly superset: readonly (Pair & { readonly want: boolean })[]
  readonly align_range: readonly { readonly r: Sized; readonly align: string; readonly want: Sized }[]
  readonly available_ram: { readonly [key in 'ram' | 'segments' | 'want']: readonly Sized[] }
  readonly segment_merge: readonly {
    readonly name: string
    readonly in_: readonly { readonly phys: Sized }[]
    readonly want: readonly Sized[] | null
  }[]
  readonly insert: readonly {
    readonly map: readonly Typed[]
    readonly insert: Typed
    readonly want: readonly Typed[]
  }[]
  readonly merge_adjacent: { readonly map: readonly Typed[]; readonly want: readonly Typed[] }
  readonly memmap_sysfs: {
    readonly entries: readonly (readonly [number, number, string])[]
    readonly want: readonly Sized[]
  }
  readonly fdt: readonly {
    readonly name: string
    readonly memory: readonly Sized[]
    readonly reserved_memory: readonly Sized[]
    readonly memreserve: readonly Sized[]
    readonly want: readonly (readonly [string, Sized])[]
  }[]
  readonly arm64_load: { readonly cases: readonly Load[] }
}

const { uroot } = JSON.parse(readFileSync(new URL('../vectors.json', import.meta.url), 'utf8')) as {
  readonly uroot: Uroot
}

const PAGE = 0x1000
const ours = ({ start, size }: Sized): Range => rangeOfSize(Number(start), Number(size))
const all = (ranges: readonly Sized[]): Range[] => ranges.map(ours)
const named = <T>(rows: readonly T[]): [name: string, row: T][] =>
  rows.map((row) => [(row as { name?: string }).name ?? JSON.stringify(row), row])
const empty = ({ size }: { readonly size: string }): boolean => Number(size) === 0

test('every table of u-root is accounted for here', () => {
  expect(Object.keys(uroot).filter((key) => key !== 'source')).toEqual([
    ...['find_space', 'minus', 'intersect', 'adjacent', 'superset', 'align_range', 'available_ram'],
    ...['segment_merge', 'insert', 'merge_adjacent', 'memmap_sysfs', 'fdt', 'arm64_load'],
  ])
})

describe('the same answers', () => {
  test.each(named(uroot.find_space.filter((row) => !empty(row))))('find_space: %s', (_name, row) => {
    const [from, before] = row.limit ?? ['0', null]
    const align = Number(row.start_align ?? row.align_start_and_size ?? 1)
    const rounded = row.align_start_and_size ? alignUp(Number(row.size), align) : Number(row.size)
    const max = before === null ? MAX_PHYS_ADDR : Math.min(Number(before) - 1, MAX_PHYS_ADDR)
    const request = { kind: 'initrd', bufsz: rounded, align, min: Number(from), max, topDown: false } as const
    const found = locateHole(kexecBuf(request, 1), all(row.ranges), [], 'last-memsz+1')
    expect(found.ok ? { start: found.value, size: rounded } : null).toEqual(
      row.want && { start: Number(row.want.start), size: Number(row.want.size) },
    )
  })

  test.each(named(uroot.minus))('minus: %s', (_name, { r, r2, want }) => {
    expect(subtract([ours(r)], [ours(r2)])).toEqual(all(want))
  })

  test.each(named(uroot.intersect))('intersect: %s', (_name, { r, r2, want }) => {
    expect(intersection(ours(r), ours(r2))).toEqual(want && ours(want))
  })

  test.each(named(uroot.adjacent))('adjacent: %s', (_name, { r, r2, want }) => {
    const [a, b] = [ours(r), ours(r2)]
    expect(merged([a, b]).length === 1 && !overlaps(a, b)).toBe(want)
  })

  test.each(named(uroot.superset.filter(({ r2 }) => !empty(r2))))(
    'superset: %s',
    (_name, { r, r2, want }) => {
      expect(contains(ours(r), ours(r2))).toBe(want)
    },
  )

  test.each(named(uroot.align_range.filter((row) => !empty(row.r) && Number(row.align) > 0)))(
    'align_range: %s',
    (_name, { r, align, want }) => {
      expect(wholePages(ours(r), Number(align))).toEqual(ours(want))
    },
  )

  test('available_ram: what is left, each piece from its first whole page on', () => {
    const { ram, segments, want } = uroot.available_ram
    const left = subtract(all(ram), all(segments)).flatMap((r) => {
      const start = alignUp(r.start, PAGE)
      return start <= r.last ? [rangeOfSize(start, r.last - start + 1)] : []
    })
    expect(left).toEqual(all(want))
  })

  test.each(named(uroot.insert))('insert: RAM without what is inserted: %s', (_name, row) => {
    const ram = (rows: readonly Typed[]) => all(rows.filter(({ type }) => type === 'RAM'))
    expect(subtract(ram(row.map), [ours(row.insert)])).toEqual(ram(row.want))
  })

  test.each(['RAM', 'Reserved'])('merge_adjacent: %s', (type) => {
    const of = (rows: readonly Typed[]) => all(rows.filter((row) => row.type === type))
    expect(merged(of(uroot.merge_adjacent.map))).toEqual(of(uroot.merge_adjacent.want))
  })

  test('memmap_sysfs', () => {
    const { entries, want } = uroot.memmap_sysfs
    const text = entries
      .map(([start, last, type], i) => `${i} 0x${start.toString(16)} 0x${last.toString(16)} ${type}\n`)
      .join('')
    const read = readable(readFirmwareMap(text))
    expect(read.map((e) => e.range)).toEqual(all(want))
    expect(read.map((e) => e.type)).toEqual(entries.map(([, , type]) => type))
  })

  test.each(named(uroot.fdt))('fdt: RAM without both kinds of reservation: %s', (_name, row) => {
    const ram = row.want.filter(([type]) => type === 'RAM').map(([, r]) => ours(r))
    expect(subtract(all(row.memory), all([...row.reserved_memory, ...row.memreserve]))).toEqual(ram)
  })
})

describe('the same bytes, told otherwise: ranges that touch are one, and pages are whole before they are placed', () => {
  test.each(named(uroot.segment_merge.filter((row) => row.want)))(
    'segment_merge: %s',
    (_name, { in_, want }) => {
      expect(merged(in_.map(({ phys }) => wholePages(ours(phys), PAGE)))).toEqual(merged(all(want ?? [])))
    },
  )

  test.each(named(uroot.segment_merge.filter((row) => !row.want)))(
    'segment_merge: %s: an overlap never gets that far, since a place is clear of what is placed',
    (_name, { in_ }) => {
      const [first, second] = in_.map(({ phys }) => ours(phys)) as [Range, Range]
      expect(overlaps(first, second)).toBe(true)
      const buf = kexecBuf({ kind: 'initrd', bufsz: sizeOf(second), topDown: false }, 1)
      const found = locateHole(buf, [rangeOfSize(0, PAGE)], [first], 'last-memsz+1')
      expect(found).toEqual({ ok: true, value: first.last + 1 })
    },
  )
})

describe('other answers, because Berth has no empty range: its first byte would lie above its last', () => {
  test.each([
    ...named(uroot.find_space.filter(empty)).map(
      ([name, { size }]) => [`find_space: ${name}`, size] as const,
    ),
    ...named(uroot.superset.filter(({ r2 }) => empty(r2))).map(
      ([name, { r2 }]) => [`superset: ${name}`, r2.size] as const,
    ),
    ...named(uroot.align_range.filter(({ r }) => empty(r))).map(
      ([name, { r }]) => [`align_range: ${name}`, r.size] as const,
    ),
  ])('%s', (_name, size) => {
    expect(() => rangeOfSize(0x1000, Number(size))).toThrow('empty range')
    expect(() => kexecBuf({ kind: 'initrd', bufsz: Number(size), topDown: false }, 1)).toThrow('nothing')
  })
})

test.each(named(uroot.align_range.filter(({ align }) => Number(align) === 0)))(
  'other answers, because an alignment of 0 is none, and no loader asks for it: %s',
  (_name, { align }) => {
    const request = { kind: 'initrd', bufsz: 1, align: Number(align), topDown: false } as const
    expect(kexecBuf(request, PAGE).align).toBe(PAGE)
  },
)

/** u-root goes lowest-first with every segment; the kernel has the others above the image, the dtb topmost. */
const LOADS: readonly (readonly [why: string, name: string, want: object])[] = [
  [
    'the same kernel; the dtb goes highest, on a border of 2 MiB, and the trampoline is the kernel itself',
    'no initramfs',
    { kernel: '0x200000', dtb: '0xe00000' },
  ],
  [
    'the same kernel; the initrd goes above it',
    'initramfs 5 bytes and cmdline',
    { kernel: '0x200000', initrd: '0xb40000', dtb: '0xe00000' },
  ],
  [
    'the same kernel; the dtb as above',
    'reservation of one byte at 0x200000',
    { kernel: '0x400000', dtb: '0xe00000' },
  ],
  ['the same refusal', 'no room for kernel', { refused: 'kernel' }],
  [
    'the initrd fits behind the kernel, whose size is not rounded to 2 MiB here; the dtb has no border left',
    'no room for initramfs',
    { refused: 'dtb' },
  ],
  [
    'the last page would hold the dtb exactly, which the top-down search of 6.12 misses',
    'no room for dtb',
    { refused: 'dtb' },
  ],
  [
    'no trampoline is placed: the kernel carries its own',
    'no room for trampoline',
    { kernel: '0x200000', initrd: '0xb40000', dtb: '0xc00000' },
  ],
  ['an iomem without System RAM has no place for a kernel', 'no memory node', { refused: 'kernel' }],
  [
    'a tree without /chosen is given one, as the kernel does',
    'no /chosen',
    { kernel: '0x200000', dtb: '0xe00000' },
  ],
]

describe("other answers, because arm64's kernel places otherwise than u-root", () => {
  test.each(LOADS)('%s: %s', (_why, name, want) => {
    const load = uroot.arm64_load.cases.find((row) => row.name === name)
    if (!load) throw new Error(`u-root has no ${name}`)
    expect(placed(load)).toEqual(want)
    const kernel = load.want?.kernel.start
    if (kernel) expect(want).toMatchObject({ kernel })
  })

  test('each of its loads has a row', () => {
    expect(LOADS.map(([, name]) => name)).toEqual(uroot.arm64_load.cases.map(({ name }) => name))
  })
})

function placed({ ram, reserved, ramfs_len }: Load): object {
  const memory = all(ram)
  const { fdt } = loadCapture('arm64-dt-1g')
  const regions = memory.map((r) => ({ range: r, node: 0, flags: [] }))
  const line = (r: Range, name: string) => ({ range: r, name, children: [] })
  const snapshot = snapshotOf({
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
    iomem: renderIomem([
      ...memory.map((r) => line(r, 'System RAM')),
      line(rangeOfSize(0x1000000, 0x1000), 'a device, so that the file is not empty'),
    ]),
    'memblock-memory': renderMemblock(
      regions.length > 0 ? regions : [{ range: rangeOfSize(0, 1), node: 0, flags: [] }],
    ),
    'memblock-reserved': renderMemblock(all(reserved).map((r) => ({ range: r, node: null, flags: [] }))),
    // Their hosts are so small that the image fills more than the half that the kernel takes.
    meminfo: 'MemTotal: 65536 kB\n',
    ...(fdt ? { fdt } : {}),
  })
  const made = plan(snapshot, {
    kernel: { head: arm64Head({ imageSize: 0x940000n }), size: 0x900000 },
    initrdSize: ramfs_len,
    strategy: 'kexec_file',
  })
  if (!made.ok) return { refused: made.error.code === 'no-hole' ? made.error.buf.kind : made.error.code }
  return Object.fromEntries(made.value.segments.map((s) => [s.kind, s.mem]))
}

/** The whole pages that `r` touches. */
function wholePages(r: Range, page: number): Range {
  const start = alignDown(r.start, page)
  return rangeOfSize(start, alignUp(r.last + 1, page) - start)
}
