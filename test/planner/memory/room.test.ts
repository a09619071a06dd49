import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ANYWHERE,
  findHole,
  hex,
  range,
  rangeOfSize,
  roomFrom,
  roomOf,
  sizeOf,
  type HoleWanted,
  type Range,
} from '../../../src/planner/index.ts'

const GIB = 0x40000000
const span = (r: Range | null) => r && `${hex(r.start)}-${hex(r.last)}`

test.each<
  [why: string, ranges: Range[], largest: string | null, total: number, holes: number, score: number]
>([
  ['nothing is free, so nothing is scattered', [], null, 0, 0, 0],
  ['all in one piece', [range(0x1000, 0x1fff)], '0x1000-0x1fff', 0x1000, 1, 0],
  [
    'what touches is one piece',
    [range(0x1000, 0x1fff), range(0x2000, 0x2fff)],
    '0x1000-0x2fff',
    0x2000,
    1,
    0,
  ],
  [
    'a byte between makes two',
    [range(0x1000, 0x1ffe), range(0x2000, 0x2fff)],
    '0x2000-0x2fff',
    0x1fff,
    2,
    0x0fff / 0x1fff,
  ],
  [
    'of equal ones the lower',
    [range(0x9000, 0x9fff), range(0x1000, 0x1fff)],
    '0x1000-0x1fff',
    0x2000,
    2,
    0.5,
  ],
])('%s', (_why, ranges, largest, total, holes, score) => {
  const room = roomOf(ranges)
  expect([span(room.largest), room.total, room.holes]).toEqual([largest, total, holes])
  expect(room.fragmentation).toBeCloseTo(score, 12)
})

describe('a hole', () => {
  const free = [range(0x1000, 0x8fff), range(0x100000000, 0x13fffffff)]
  test.each<[why: string, wanted: Partial<HoleWanted>, has: boolean, largest: string | null, short: number]>([
    ['just as large as the largest', { bytes: GIB }, true, '0x100000000-0x13fffffff', 0],
    ['one byte larger', { bytes: GIB + 1 }, false, '0x100000000-0x13fffffff', 1],
    ['below 4 GiB', { bytes: 0x8000, max: 0xffffffff }, true, '0x1000-0x8fff', 0],
    ['a byte more below 4 GiB', { bytes: 0x8001, max: 0xffffffff }, false, '0x1000-0x8fff', 1],
    ['cut by the limit above', { bytes: 0x8000, max: 0x8ffe }, false, '0x1000-0x8ffe', 1],
    ['cut by the limit below', { bytes: 0x8000, min: 0x1001, max: 0xffff }, false, '0x1001-0x8fff', 1],
    [
      'from its first aligned byte on',
      { bytes: 0x5000, align: 0x4000, max: 0xffff },
      true,
      '0x4000-0x8fff',
      0,
    ],
    ['one byte too many for that', { bytes: 0x5001, align: 0x4000, max: 0xffff }, false, '0x4000-0x8fff', 1],
    ['nothing within the limits lacks all of it', { bytes: 7, min: 0x9000, max: 0xffff }, false, null, 7],
  ])('%s', (_why, wanted, has, largest, short) => {
    const found = findHole(free, { bytes: 1, ...ANYWHERE, ...wanted })
    expect([found.has, span(found.largest), found.short]).toEqual([has, largest, short])
  })

  test('is there exactly when some aligned place within the limits has all its bytes free', () => {
    const place = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 })).map(([s, n]) => rangeOfSize(s, n))
    const wanted = fc.record({
      bytes: fc.integer({ min: 1, max: 30 }),
      align: fc.constantFrom(1, 2, 8),
      min: fc.nat(40),
      max: fc.integer({ min: 0, max: 90 }),
    })
    fc.assert(
      fc.property(fc.array(place, { maxLength: 5 }), wanted, (ranges, { bytes, align, min, max }) => {
        const isFree = (at: number) =>
          at >= min && at <= max && ranges.some((r) => r.start <= at && at <= r.last)
        const fits = Array.from({ length: 100 }, (_, at) => at).some(
          (at) => at % align === 0 && Array.from({ length: bytes }, (_, i) => at + i).every(isFree),
        )
        const found = findHole(ranges, { bytes, align, min, max })
        expect(found.has).toBe(fits)
        expect(found.short).toBe(Math.max(0, bytes - (found.largest ? sizeOf(found.largest) : 0)))
      }),
    )
  })
})

test.each<[why: string, mem: number, next: number | null, want: number | null]>([
  ['to the end of what is free', 0x2000, null, 0x2000],
  ['its very last byte', 0x3fff, null, 1],
  ['the byte behind it', 0x4000, null, null],
  ['to the next pin', 0x2000, 0x3000, 0x1000],
  ['a next pin behind the end changes nothing', 0x2000, 0x4000, 0x2000],
])('room from an address on: %s', (_why, mem, next, want) => {
  expect(roomFrom(mem, [range(0x1000, 0x2fff), range(0x3000, 0x3fff)], next)).toBe(want)
})
