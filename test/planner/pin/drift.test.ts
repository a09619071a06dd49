import { describe, expect, test } from 'vitest'
import { hex, range, type Range } from '../../../src/planner/index.ts'
import { memoryMap, type MemoryMap } from '../../../src/planner/memory/memory-map.ts'
import { bookable } from '../../../src/planner/memory/views.ts'
import { driftOf, type PinDrift } from '../../../src/planner/pin/drift.ts'
import { pinsOf, type Pin } from '../../../src/planner/pin/pin.ts'
import { rangeOf } from '../../../src/planner/place/segment.ts'
import type { PhysAddr } from '../../../src/planner/bytes/phys-addr.ts'
import { loadCapture } from '../../capture.ts'
import { planned, snapshotOf, x86Host } from '../host.ts'

const MAP = memoryMap(
  snapshotOf({
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
    iomem: [
      '40000000-7fffffff : System RAM',
      '  42000000-42ffffff : Kernel code',
      '  60000000-6fffffff : Crash kernel',
      '',
    ].join('\n'),
    'memblock-memory': '   0: 0x0000000040000000..0x000000007fffffff    0 NONE\n',
    'memblock-reserved': '   0: 0x0000000050000000..0x00000000500fffff    x NONE\n',
  }),
)
const NO_CRASH = memoryMap(x86Host('00100000-3fffffff : System RAM\n'))
const FREE = [range(0x40000000, 0x4fffffff)]

const pin = (mem: number, room: number, of: Partial<Pin> = {}): Pin => ({
  purpose: 'reboot',
  kind: 'initrd',
  mem: hex(mem),
  room,
  reason: 'test',
  ...of,
})
const by = ({ by }: PinDrift) => by && `${hex(by.range.start)}-${hex(by.range.last)} ${by.why}`
const RESERVED = '0x50000000-0x500fffff reserved by memblock'
const CRASH = { purpose: 'crash' } as const

describe('the verdict', () => {
  test.each<
    [
      why: string,
      pin: Pin,
      size: number | null,
      grounds: Range[][],
      verdict: string,
      by: string | null,
      said: RegExp,
    ]
  >([
    ['free to the last byte', pin(0x4f000000, 0x1000000), null, [], 'holds', null, /^Free in this boot\.$/],
    [
      'one page too long',
      pin(0x4f000000, 0x1001000),
      null,
      [],
      'broken',
      RESERVED,
      /^Broken by 0x50000000-0x500fffff: reserved by memblock\.$/,
    ],
    [
      'too long only with its room',
      pin(0x4f000000, 0x1001000),
      0x1000000,
      [],
      'at-risk',
      RESERVED,
      /without the room to grow: 0x50000000-0x500fffff is reserved/,
    ],
    ['grown beyond its room', pin(0x4f000000, 0x1000000), 0x1001000, [], 'broken', RESERVED, /^Broken/],
    ['over the running kernel', pin(0x42000000, 0x1000000), null, [], 'holds', null, /^Free/],
    [
      'over a crash kernel',
      pin(0x5ff00000, 0x200000),
      null,
      [],
      'broken',
      '0x60000000-0x6fffffff Crash kernel',
      /Crash kernel/,
    ],
    [
      'where no RAM is',
      pin(0x7ff00000, 0x200000),
      null,
      [],
      'broken',
      '0x80000000-0x800fffff no System RAM',
      /no System RAM/,
    ],
    [
      'up to the highest address there is',
      pin(0x1ffffffffff000, 0x200000),
      null,
      [],
      'broken',
      '0x1ffffffffff000-0x1fffffffffffff no System RAM',
      /^Broken/,
    ],
    [
      'free in both boots before',
      pin(0x44000000, 0x100000),
      null,
      [FREE, FREE],
      'holds',
      null,
      /and in 2 boots before/,
    ],
    [
      'not free in one of two boots before',
      pin(0x44000000, 0x100000),
      null,
      [FREE, [range(0x44001000, 0x4fffffff)]],
      'at-risk',
      '0x44000000-0x44000fff not free in a remembered boot',
      /^Free, but 1 of 2 boots before did not have 0x44000000-0x44000fff free\.$/,
    ],
    [
      'not free in the one boot before, its room not free now',
      pin(0x4f000000, 0x2000000),
      0x1000,
      [[range(0x40000000, 0x4effffff)]],
      'at-risk',
      RESERVED,
      /room to grow: .*; 1 of 1 boot before/,
    ],
    [
      'the room of a remembered boot does not count',
      pin(0x4f000000, 0x1000000),
      0x1000,
      [[range(0x4f000000, 0x4f000fff)]],
      'holds',
      null,
      /1 boot before/,
    ],
    ['crash: in the reservation', pin(0x6f000000, 0x1000000, CRASH), null, [[]], 'holds', null, /^Free/],
    [
      'crash: one page beyond it',
      pin(0x6f000000, 0x1001000, CRASH),
      null,
      [],
      'broken',
      '0x70000000-0x70000fff outside of Crash kernel 0x60000000-0x6fffffff',
      /^Broken/,
    ],
    [
      'crash: its room beyond it',
      pin(0x6f000000, 0x1001000, CRASH),
      0x1000000,
      [],
      'at-risk',
      '0x70000000-0x70000fff outside of Crash kernel 0x60000000-0x6fffffff',
      /room to grow/,
    ],
    [
      'crash: free memory is not enough',
      pin(0x44000000, 0x1000, CRASH),
      null,
      [],
      'broken',
      '0x44000000-0x44000fff outside of Crash kernel 0x60000000-0x6fffffff',
      /^Broken/,
    ],
  ])('%s', (_why, one, size, grounds, verdict, want, said) => {
    const sizes = new Map(size === null ? [] : [[`${one.purpose} ${one.kind}`, size]])
    const [drift] = driftOf([one], sizes, MAP, [], grounds)
    expect(drift).toMatchObject({ purpose: one.purpose, kind: one.kind, mem: one.mem, verdict })
    expect(drift && by(drift)).toBe(want)
    expect(drift?.sentence).toMatch(said)
  })

  test('what booted the running kernel is not in the way', () => {
    const one = pin(0x4ff00000, 0x200000)
    expect(driftOf([one], new Map(), MAP, [], [])[0]?.verdict).toBe('broken')
    expect(driftOf([one], new Map(), MAP, [range(0x50000000, 0x500fffff)], [])[0]?.verdict).toBe('holds')
  })

  test('what an exception frees is not in the way, and need not have been free before', () => {
    const one = pin(0x4ff00000, 0x200000)
    const excepted = [range(0x50000000, 0x500fffff)]
    const verdict = (freed: Range[], grounds: Range[][]) =>
      driftOf([one], new Map(), MAP, [], grounds, freed)[0]?.verdict
    expect([verdict([], [FREE]), verdict(excepted, [FREE])]).toEqual(['broken', 'holds'])
    expect(verdict(excepted, [[range(0x40000000, 0x4fefffff)]])).toBe('at-risk')
  })

  test('a crash kernel without a reservation: broken by nothing', () => {
    const [drift] = driftOf([pin(0x10000000, 0x1000, CRASH)], new Map(), NO_CRASH, [], [])
    expect(drift).toMatchObject({
      verdict: 'broken',
      by: null,
      sentence: expect.stringMatching(/no memory reserved/),
    })
  })

  test('one a pin, in the order of the pins', () => {
    const pins = [pin(0x50000000, 0x1000, { kind: 'dtb' }), pin(0x44000000, 0x1000)]
    expect(driftOf(pins, new Map(), MAP, [], []).map((d) => [d.kind, d.verdict])).toEqual([
      ['dtb', 'broken'],
      ['initrd', 'holds'],
    ])
  })
})

describe('captured hosts', () => {
  /** The pins of a plan for one boot, and the sizes of its segments. */
  function pinnedOn(name: string) {
    const snapshot = snapshotOf(loadCapture(name))
    const body = planned(snapshot)
    const sizes = new Map(body.segments.map((s) => [`reboot ${s.kind}`, s.memsz]))
    const segments = body.segments.map((s) => rangeOf({ mem: Number(s.mem) as PhysAddr, memsz: s.memsz }))
    return { pins: pinsOf(body, []), sizes, segments, map: memoryMap(snapshot) }
  }
  const verdictsIn = (
    { pins, sizes }: ReturnType<typeof pinnedOn>,
    map: MemoryMap,
    grounds: readonly Range[][] = [],
  ) => driftOf(pins, sizes, map, [], grounds)

  test.each(['arm64-uefi-acpi-4g-boot1', 'arm64-dt-1g', 'x86_64-ovmf-4g', 'x86_64-seabios-512m'])(
    '%s: what was just planned holds',
    (name) => {
      const made = pinnedOn(name)
      expect(verdictsIn(made, made.map).map((d) => d.verdict)).toEqual(made.pins.map(() => 'holds'))
    },
  )

  test('a plan is possible just where no pin is broken', () => {
    const made = pinnedOn('arm64-uefi-acpi-512m-kaslr1')
    for (const name of [
      'arm64-uefi-acpi-512m-kaslr2',
      'arm64-uefi-acpi-512m-kaslr3',
      'arm64-uefi-acpi-512m-kaslr2-k612',
    ]) {
      const map = memoryMap(snapshotOf(loadCapture(name)))
      const strict = bookable(map, 'strict')
      const drift = verdictsIn(made, map)
      made.segments.forEach((segment, i) => {
        const free = strict.some((r) => r.start <= segment.start && segment.last <= r.last)
        expect([name, drift[i]?.verdict === 'broken']).toEqual([name, !free])
      })
    }
  })
})
