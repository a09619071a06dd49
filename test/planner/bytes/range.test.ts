import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  contains,
  inBoth,
  intersection,
  merged,
  overlaps,
  range,
  subtract,
  type Range,
} from '../../../src/planner/bytes/range.ts'

/** Small enough that a set of bytes states each rule independently. */
const TOP = 48
const someRange = fc
  .tuple(fc.integer({ min: 0, max: TOP }), fc.integer({ min: 0, max: TOP }))
  .map(([a, b]) => range(Math.min(a, b), Math.max(a, b)))
const someRanges = fc.array(someRange, { maxLength: 8 })

describe('the algebra agrees with sets of bytes', () => {
  test('merged: the same bytes, ascending, nothing touches', () => {
    fc.assert(
      fc.property(someRanges, (ranges) => {
        const out = merged(ranges)
        expect(bytesOf(out)).toEqual(bytesOf(ranges))
        for (let i = 1; i < out.length; i++) expect(at(out, i).start).toBeGreaterThan(at(out, i - 1).last + 1)
      }),
    )
  })

  test('subtract: bytes of the first that are not in the second, each range by itself', () => {
    fc.assert(
      fc.property(someRanges, someRanges, (from, holes) => {
        const gone = new Set(bytesOf(holes))
        const want = from.flatMap((r) => bytesOf([r]).filter((b) => !gone.has(b)))
        expect(subtract(from, holes).flatMap((r) => bytesOf([r]))).toEqual(want)
      }),
    )
  })

  test('inBoth: bytes of both', () => {
    fc.assert(
      fc.property(someRanges, someRanges, (a, b) => {
        const inB = new Set(bytesOf(b))
        expect(bytesOf(inBoth(a, b))).toEqual(bytesOf(a).filter((byte) => inB.has(byte)))
      }),
    )
  })
})

interface FreeList {
  readonly id: string
  readonly memory: readonly { base: string; size: string; flags: readonly string[] }[]
  readonly reserved: readonly { base: string; size: string }[]
  readonly free_inclusive: readonly (readonly [string, string])[]
  readonly [other: string]: unknown
}
const lists = (
  JSON.parse(readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8')) as {
    free_list: FreeList[]
  }
).free_list

test.each(lists.map((l) => [l.id, l] as const))('memblock free list %s', (_id, list) => {
  const skipped = ['NOMAP', 'DRV_MNG', 'DRIVER_MANAGED', ...(list['movable_node'] ? ['HOTPLUG'] : [])]
  const memory = list.memory.filter((m) => !m.flags.some((f) => skipped.includes(f))).map(sized)
  const free = subtract(memory, list.reserved.filter((r) => Number(r.size) > 0).map(sized))
  expect(free).toEqual(list.free_inclusive.map(([start, last]) => range(Number(start), Number(last))))
})

test.each<[why: string, a: Range, b: Range, want: { overlaps: boolean; contains: boolean }]>([
  ['the same', range(2, 4), range(2, 4), { overlaps: true, contains: true }],
  ['inside', range(2, 4), range(3, 3), { overlaps: true, contains: true }],
  ['from the first byte on', range(2, 4), range(2, 3), { overlaps: true, contains: true }],
  ['to the last byte', range(2, 4), range(3, 4), { overlaps: true, contains: true }],
  ['a byte below', range(2, 4), range(1, 4), { overlaps: true, contains: false }],
  ['a byte above', range(2, 4), range(2, 5), { overlaps: true, contains: false }],
  ['one byte in common below', range(2, 4), range(0, 2), { overlaps: true, contains: false }],
  ['one byte in common above', range(2, 4), range(4, 6), { overlaps: true, contains: false }],
  ['touching below', range(2, 4), range(0, 1), { overlaps: false, contains: false }],
  ['touching above', range(2, 4), range(5, 6), { overlaps: false, contains: false }],
])('two ranges: %s', (_why, a, b, want) => {
  expect({ overlaps: overlaps(a, b), contains: contains(a, b) }).toEqual(want)
  expect(overlaps(b, a)).toBe(want.overlaps)
  expect(intersection(a, b) !== null).toBe(want.overlaps)
})

test('a range is never empty', () => {
  expect(() => range(1, 0)).toThrow(RangeError)
  expect(range(1, 1)).toEqual({ start: 1, last: 1 })
})

function sized({ base, size }: { base: string; size: string }): Range {
  return range(Number(base), Number(base) + Number(size) - 1)
}

function bytesOf(ranges: readonly Range[]): number[] {
  const all = new Set<number>()
  for (const r of ranges) for (let b: number = r.start; b <= r.last; b++) all.add(b)
  return [...all].sort((a, b) => a - b)
}

function at(ranges: readonly Range[], i: number): Range {
  return ranges[i] as Range
}
