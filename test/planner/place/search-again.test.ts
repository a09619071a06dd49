import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kexecBuf, range, rangeOfSize, type Range } from '../../../src/planner/index.ts'
import { merged } from '../../../src/planner/bytes/range.ts'
import { nearestHole } from '../../../src/planner/place/nearest-hole.ts'
import { searchAgain } from '../../../src/planner/place/search-again.ts'
import { searchWalk } from '../../../src/planner/place/search-walk.ts'
import type { Walk } from '../../../src/planner/place/walk.ts'

const PAGE = 0x1000

const memory = fc
  .array(
    fc.tuple(fc.nat(80), fc.nat(9), fc.nat(0x20)).map(([at, pages, odd]) => {
      return range(at * PAGE + odd, (at + pages + 1) * PAGE - 1)
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((ranges) => merged(ranges))

const taken = fc.array(
  fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 6 })).map(([at, pages]) => {
    return rangeOfSize(at * PAGE, pages * PAGE)
  }),
  { maxLength: 3 },
)

interface Asked {
  readonly min: number
  readonly max: number
  readonly taken: Range[]
  readonly near: number | null
}

const asked: fc.Arbitrary<Asked> = fc.record({
  min: fc.nat(60).map((n) => n * PAGE),
  max: fc.oneof(
    fc.constant(Number.MAX_SAFE_INTEGER),
    fc.nat(90).map((n) => n * PAGE + PAGE - 1),
  ),
  taken,
  near: fc.oneof(
    fc.constant(null),
    fc.nat(90).map((n) => n * PAGE),
  ),
})

const shape = fc.record({
  pages: fc.integer({ min: 1, max: 6 }),
  align: fc.constantFrom(PAGE, 2 * PAGE, 4 * PAGE),
  topDown: fc.boolean(),
  order: fc.constantFrom('ascending' as const, 'descending' as const),
  search: fc.constantFrom('last-memsz' as const, 'last-memsz+1' as const),
})

type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never

function walkOf(ranges: readonly Range[], { pages, align, topDown, order, search }: Shape, one: Asked): Walk {
  const { min, max, near } = one
  return {
    buf: kexecBuf({ kind: 'initrd', bufsz: pages * PAGE, align, min, max, topDown }, PAGE),
    ranges,
    visits: topDown ? order : 'ascending',
    taken: one.taken,
    search,
    ...(near === null ? {} : { near }),
  }
}

test('however often it is asked, it finds what one search over everything finds', () => {
  fc.assert(
    fc.property(memory, shape, fc.array(asked, { minLength: 1, maxLength: 6 }), (ranges, of, questions) => {
      const search = searchAgain()
      for (const question of questions) {
        const walk = walkOf(ranges, of, question)
        const [found, want] = [search(walk), searchWalk(walk)]
        expect(found.ok).toBe(want.ok)
        if (found.ok && want.ok) expect(found.value).toBe(want.value)
        if (!found.ok && !want.ok) expect(found.error.wrapped).toBe(want.error.wrapped)
      }
    }),
    { numRuns: 2000 },
  )
})

test('a range without a place is not left out where a low limit makes the arithmetic run below zero', () => {
  const ranges = [range(1, 0x4fff)]
  const search = searchAgain()
  const of: Shape = { pages: 4, align: PAGE, topDown: true, order: 'ascending', search: 'last-memsz' }
  const walks = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, PAGE - 1].map((max) =>
    walkOf(ranges, of, { min: 0, max, taken: [], near: null }),
  )
  const wrapped = walks.map((walk) => search(walk)).map((r) => !r.ok && r.error.wrapped)
  expect(wrapped).toEqual([false, false, true])
})

test('the first refusal tells of every range, a later one of those that could hold the buf', () => {
  const ranges = [range(0, PAGE - 1), range(0x10000, 0x1ffff), range(0x30000, 0x30fff)]
  const search = searchAgain()
  const of: Shape = { pages: 2, align: PAGE, topDown: false, order: 'ascending', search: 'last-memsz+1' }
  const walk = walkOf(ranges, of, { min: 0, max: 0xffff, taken: [], near: null })
  const told = [search(walk), search(walk)].map((r) => (r.ok ? [] : r.error.refusals.map((x) => x.range)))
  expect(told).toEqual([ranges, [ranges[1]]])
})

test('the nearest place is the nearest of all places', () => {
  fc.assert(
    fc.property(memory, shape, asked, fc.nat(100), (ranges, of, question, at) => {
      const { buf } = walkOf(ranges, of, { ...question, near: null })
      const to = at * PAGE
      const isFree = (place: number) => {
        const wanted = rangeOfSize(place, buf.memsz)
        const within = (r: { start: number; last: number }) =>
          r.start <= wanted.start && wanted.last <= r.last
        const clear = question.taken.every((t) => t.last < wanted.start || wanted.last < t.start)
        return clear && within({ start: buf.min, last: buf.max }) && ranges.some(within)
      }
      const all: number[] = []
      for (let place = 0; place < 100 * PAGE; place += buf.align) if (isFree(place)) all.push(place)
      const best = all.sort((a, b) => Math.abs(a - to) - Math.abs(b - to) || a - b)[0] ?? null
      expect(nearestHole(buf, ranges, question.taken, to)).toBe(best)
    }),
    { numRuns: 2000 },
  )
})

test('a range from address 0 that the buf does not fit into is no place, near as it is', () => {
  const buf = kexecBuf(
    { kind: 'initrd', bufsz: 3 * PAGE, align: 2 * PAGE, min: 0, max: 0xffff, topDown: false },
    PAGE,
  )
  expect(nearestHole(buf, [range(0, 0x1fff), range(0x8000, 0xffff)], [], 0)).toBe(0x8000)
})
