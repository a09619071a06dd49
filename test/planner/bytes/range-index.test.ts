import fc from 'fast-check'
import { expect, test } from 'vitest'
import { coverOf, firstOverlap, rangeIndex } from '../../../src/planner/bytes/range-index.ts'
import { overlaps, range, subtract, type Range } from '../../../src/planner/bytes/range.ts'

const A = range(0x1000, 0x1fff)
const WIDE = range(0x1000, 0x8fff)
const B = range(0x3000, 0x3fff)
const C = range(0x8000, 0x9fff)

test.each<[why: string, ranges: Range[], asked: Range, want: Range | undefined]>([
  ['nothing is in the way where there is nothing', [], A, undefined],
  ['one byte in common', [A], range(0x1fff, 0x2fff), A],
  ['they only touch', [A], range(0x2000, 0x2fff), undefined],
  ['between two', [A, B], range(0x2000, 0x2fff), undefined],
  ['given in another order', [B, A], range(0x0, 0xffff), A],
  ['a wide one that began long before', [WIDE, B], range(0x7000, 0x7fff), WIDE],
  ['the wide one goes before what lies in it', [WIDE, B], B, WIDE],
  ['of two that begin alike, the first given', [WIDE, A], A, WIDE],
  ['behind the wide one', [WIDE, B, C], range(0x9000, 0xffff), C],
  ['above all', [A, B], range(0x10000, 0x10fff), undefined],
])('%s', (_why, ranges, asked, want) => {
  expect(
    firstOverlap(
      rangeIndex(ranges, (r) => r),
      asked,
    ),
  ).toBe(want)
})

const ranges = fc.array(
  fc.tuple(fc.nat(60), fc.nat(12)).map(([start, more]) => range(start, start + more)),
  { maxLength: 12 },
)

test('the first overlap is the one that looking at all of them finds', () => {
  fc.assert(
    fc.property(ranges, ranges, (all, asked) => {
      const sorted = [...all].sort((a, b) => a.start - b.start)
      const index = rangeIndex(all, (r) => r)
      for (const r of asked) expect(firstOverlap(index, r)).toBe(sorted.find((one) => overlaps(one, r)))
    }),
  )
})

test('a cover holds what nothing is left of', () => {
  fc.assert(
    fc.property(ranges, ranges, (all, asked) => {
      const covers = coverOf(all)
      for (const r of asked) expect(covers(r)).toBe(subtract([r], all).length === 0)
    }),
  )
})
