import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../src/picture/cell.ts'
import type { MemoryClass } from '../../src/picture/classes.ts'
import { positionOf, SCALES, scaleOf, type Scale } from '../../src/picture/scale.ts'
import { range, rangeOfSize } from '../../src/planner/bytes/range.ts'

const cell = (start: number, last: number, of: MemoryClass = 'ram'): Cell => ({
  range: range(start, last),
  class: of,
  label: '',
  depth: 0,
})
const nobody = () => false
const height = (scale: Scale, start: number, last: number) =>
  positionOf(scale, last + 1) - positionOf(scale, start)

const GIB = 0x40000000
const MIB = 0x100000

describe.each(SCALES)('%s', (kind) => {
  const cells = fc.array(
    fc
      .tuple(
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 1, max: 2 ** 34 }),
        fc.constantFrom('ram', 'device'),
      )
      .map(([start, bytes, of]): Cell => ({
        ...cell(0, 1, of as MemoryClass),
        range: rangeOfSize(start, bytes),
      })),
    { minLength: 1, maxLength: 30 },
  )

  test('a higher address never lies higher up, and all lie within', () => {
    const property = fc.property(cells, fc.array(fc.integer({ min: 0, max: 2 ** 41 })), (some, addresses) => {
      const scale = scaleOf(kind, [{ cells: some }], nobody)
      const at = [...addresses].sort((a, b) => a - b).map((address) => positionOf(scale, address))
      expect(at).toEqual([...at].sort((a, b) => a - b))
      expect(at.filter((y) => y < 0 || y > scale.extent)).toEqual([])
      expect(scale.stops.map(({ y }) => y)).toEqual(scale.stops.map(({ at: a }) => positionOf(scale, a)))
    })
    fc.assert(property, { numRuns: 200, seed: 7 })
  })

  test('every cell begins where the one before ends', () => {
    const scale = scaleOf(kind, [{ cells: [cell(0, MIB - 1), cell(MIB, GIB - 1)] }], nobody)
    expect(height(scale, 0, MIB - 1) + height(scale, MIB, GIB - 1)).toBeCloseTo(scale.extent)
  })

  test('nothing at all has no extent', () => {
    expect([scaleOf(kind, [], nobody).extent, positionOf(scaleOf(kind, [], nobody), GIB)]).toEqual([0, 0])
  })
})

describe('ordinal', () => {
  const of = (...cells: Cell[]) => scaleOf('ordinal', [{ cells }], nobody)

  test('a page beside a tebibyte is still seen', () => {
    const scale = of(cell(0, 4095), cell(4096, 2 ** 40))
    expect(height(scale, 0, 4095)).toBeGreaterThanOrEqual(4)
    expect(height(scale, 4096, 2 ** 40)).toBeGreaterThan(height(scale, 0, 4095))
    expect(height(scale, 4096, 2 ** 40)).toBeLessThan(20 * height(scale, 0, 4095))
  })

  test('a gap is as short whether it is large or small, and broken', () => {
    const small = of(cell(0, MIB - 1), cell(2 * MIB, 3 * MIB))
    const large = of(cell(0, MIB - 1), cell(2 ** 40, 2 ** 40 + MIB))
    expect(height(small, MIB, 2 * MIB - 1)).toBe(height(large, MIB, 2 ** 40 - 1))
    expect([small.breaks, large.breaks]).toEqual([[range(MIB, 2 * MIB - 1)], [range(MIB, 2 ** 40 - 1)]])
  })

  test('where only devices are it is as short as a gap, but not broken', () => {
    const scale = of(cell(0, MIB - 1), cell(MIB, 2 ** 40 - 1, 'device'), cell(2 ** 40, 2 ** 40 + MIB))
    const gap = of(cell(0, MIB - 1), cell(2 ** 40, 2 ** 40 + MIB))
    expect(height(scale, MIB, 2 ** 40 - 1)).toBe(height(gap, MIB, 2 ** 40 - 1))
    expect(scale.breaks).toEqual([])
  })

  test('what carries text has room for a line of it', () => {
    const small = cell(MIB, MIB + 63)
    const scale = scaleOf('ordinal', [{ cells: [cell(0, GIB), small] }], (c) => c === small)
    expect(height(scale, MIB, MIB + 63)).toBeGreaterThanOrEqual(11)
  })
})

describe('linear', () => {
  const of = (...cells: Cell[]) => scaleOf('linear', [{ cells }], nobody)

  test('twice the size is twice the height', () => {
    const scale = of(cell(0, GIB - 1), cell(GIB, 3 * GIB - 1))
    expect(height(scale, GIB, 3 * GIB - 1)).toBeCloseTo(2 * height(scale, 0, GIB - 1))
  })

  test.each<[why: string, gap: number, broken: boolean]>([
    ['a gap of an eighth of the memory keeps its proportion', GIB / 4, false],
    ['a byte more and it is broken', GIB / 4 + 1, true],
  ])('%s', (_why, gap, broken) => {
    const scale = of(cell(0, GIB - 1), cell(GIB + gap, 2 * GIB + gap - 1))
    expect(scale.breaks.length).toBe(broken ? 1 : 0)
    const share = height(scale, GIB, GIB + gap - 1) / height(scale, 0, GIB - 1)
    expect(Math.abs(share - gap / GIB) < 1e-9).toBe(!broken)
  })
})
