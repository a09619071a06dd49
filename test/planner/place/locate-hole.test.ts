import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hex, kexecBuf, locateHole, range, rangeOfSize, type Range } from '../../../src/planner/index.ts'

interface Vector {
  readonly id: string
  readonly name: string
  readonly ranges: readonly (readonly [string, string])[]
  readonly placed: readonly (readonly [string, string])[]
  readonly excluded: readonly (readonly [string, string])[]
  readonly memsz: string
  readonly align: string
  readonly buf_min: string
  readonly buf_max: string
  readonly top_down: boolean
  readonly page_size: string
  readonly walk_order: 'ascending' | 'descending' | 'array'
  readonly top_start_formula: 'end-memsz' | 'end-memsz+1'
  readonly expect: string | null
}

const vectors = (
  JSON.parse(readFileSync(new URL('../../vectors.json', import.meta.url), 'utf8')) as {
    hole_search: Vector[]
  }
).hole_search

/** Beyond what Berth can hold, or nothing to place: refused before any search. */
const REFUSED_EARLIER = ['H064', 'H078']

describe('every vector of the hole search', () => {
  test.each(
    vectors.filter((v) => !REFUSED_EARLIER.includes(v.id)).map((v) => [`${v.id} ${v.name}`, v] as const),
  )('%s', (_name, v) => {
    const found = search(v)
    expect(found).toBe(v.expect)
  })

  test('H064 the last page of 64-bit space cannot be said: refused at construction of the range', () => {
    expect(() => search(vector('H064'))).toThrow(RangeError)
  })

  test('H078 nothing to place: refused at construction of the buf', () => {
    expect(() => search(vector('H078'))).toThrow(/nothing to place/)
  })
})

test.each<[why: string, memsz: number, ranges: Range[], taken: Range[], want: object]>([
  [
    'a range too small by a page says by how much',
    0x2000,
    [range(0x1000, 0x1fff)],
    [],
    { code: 'too-small', short: 0x1000 },
  ],
  [
    'a neighbour in the way is named',
    0x1000,
    [range(0x1000, 0x1fff)],
    [range(0x1000, 0x1fff)],
    { code: 'taken', by: range(0x1000, 0x1fff) },
  ],
  [
    'raw size fits, aligned does not',
    0x1000,
    [range(0x1800, 0x27ff)],
    [],
    { code: 'no-aligned-hole', short: 0x800 },
  ],
])('a refusal carries its evidence: %s', (_why, memsz, ranges, taken, want) => {
  const buf = kexecBuf({ kind: 'initrd', bufsz: memsz, topDown: false }, 0x1000)
  const found = locateHole(buf, ranges, taken, 'last-memsz+1')
  expect(found.ok ? null : found.error.refusals.map((r) => r.because)).toEqual([want])
})

test.each<
  [
    why: string,
    asked: { memsz?: number; min?: number; max?: number },
    ranges: Range[],
    taken: Range[],
    want: object,
  ]
>([
  [
    'ends a byte below the lowest allowed',
    { min: 0x2000 },
    [range(0x1000, 0x1fff)],
    [],
    { code: 'below-min' },
  ],
  [
    'its last byte is the lowest allowed',
    { min: 0x1fff },
    [range(0x1000, 0x1fff)],
    [],
    { code: 'no-aligned-hole', short: 0x1000 },
  ],
  [
    'starts a byte above the highest allowed',
    { max: 0xfff },
    [range(0x1000, 0x1fff)],
    [],
    { code: 'above-max' },
  ],
  [
    'its first byte is the highest allowed',
    { max: 0x1000 },
    [range(0x1000, 0x1fff)],
    [],
    { code: 'no-aligned-hole', short: 0xfff },
  ],
  ['taken down to its start', {}, [range(0x1000, 0x1fff)], [range(0x1000, 0x1fff)], { code: 'taken' }],
])('top-down, a refusal says so: %s', (_why, asked, ranges, taken, want) => {
  const { memsz = 0x1000, ...limits } = asked
  const buf = kexecBuf({ kind: 'initrd', bufsz: memsz, topDown: true, ...limits }, 0x1000)
  const found = locateHole(buf, ranges, taken, 'last-memsz+1')
  expect(found.ok ? found.value : found.error.refusals.map((r) => r.because)).toMatchObject([want])
})

test.each<
  [
    why: string,
    asked: { memsz?: number; min?: number; max?: number },
    taken: Range[],
    want: string[],
    wrapped: boolean,
  ]
>([
  ['a limit above that leaves less than the buf', { memsz: 0x3000, max: 0x1000 }, [], ['wrapped'], true],
  [
    'all that is left below is smaller than the buf, at address 0',
    {},
    [range(0x800, 0x7fff)],
    ['wrapped'],
    true,
  ],
  [
    'the same with a limit below: the walk goes on',
    { min: 0x1 },
    [range(0x800, 0x7fff)],
    ['taken', 'too-small'],
    false,
  ],
])('where the kernel would run below zero the walk ends: %s', (_why, asked, taken, want, wrapped) => {
  const { memsz = 0x1000, ...limits } = asked
  const buf = kexecBuf({ kind: 'initrd', bufsz: memsz, topDown: true, ...limits }, 0x1000)
  const found = locateHole(buf, [range(0, 0x7fff), range(0x9000, 0x9001)], taken, 'last-memsz+1')
  expect(found.ok ? null : [found.error.refusals.map((r) => r.because.code), found.error.wrapped]).toEqual([
    want,
    wrapped,
  ])
})

test.each<[why: string, request: Partial<Parameters<typeof kexecBuf>[0]>, message: RegExp]>([
  ['nothing', { bufsz: 0 }, /nothing to place/],
  ['fewer bytes reserved than copied', { bufsz: 2, memsz: 1 }, /above memsz/],
  ['fewer bytes copied than none', { bufsz: -1, memsz: 1 }, /bufsz -1/],
  ['an alignment that is no power of two', { align: 0x3000 }, /no power of two/],
])('no loader asks for %s', (_why, request, message) => {
  expect(() => kexecBuf({ kind: 'initrd', bufsz: 1, topDown: false, ...request }, 0x1000)).toThrow(message)
})

test('bottom-up, what lies below the limit is named all the same, in its place', () => {
  const buf = kexecBuf({ kind: 'initrd', bufsz: 0x1000, min: 0x5000, topDown: false }, 0x1000)
  const ranges = [range(0x1000, 0x1ffe), range(0x3000, 0x3fff), range(0x4000, 0x5000), range(0x6000, 0x6ffe)]
  const found = locateHole(buf, ranges, [], 'last-memsz+1')
  expect(found.ok ? null : found.error.refusals).toEqual([
    { range: ranges[0], because: { code: 'too-small', short: 1 } },
    { range: ranges[1], because: { code: 'below-min' } },
    { range: ranges[2], because: { code: 'no-aligned-hole', short: 0xfff } },
    { range: ranges[3], because: { code: 'too-small', short: 1 } },
  ])
})

test('bottom-up, what is in the way is stepped over to the byte', () => {
  const buf = kexecBuf({ kind: 'initrd', bufsz: 0x1000, topDown: false }, 0x1000)
  const taken = [range(0x1000, 0x1fff), range(0x2000, 0x2fff)]
  expect(locateHole(buf, [range(0x1000, 0x3fff)], taken, 'last-memsz+1')).toEqual({ ok: true, value: 0x3000 })
})

function search(v: Vector): string | null {
  const request = {
    kind: 'kernel' as const,
    bufsz: Number(v.memsz),
    align: Number(v.align),
    min: Number(v.buf_min),
    max: Number(v.buf_max),
    topDown: v.top_down,
  }
  const ranges = v.ranges.map(toRange)
  const order = v.walk_order === 'descending' ? ranges.reverse() : ranges
  const placed = v.placed.map(([mem, memsz]) => rangeOfSize(Number(mem), Number(memsz)))
  const taken = [...placed, ...v.excluded.map(toRange)]
  const start = v.top_start_formula === 'end-memsz' ? 'last-memsz' : 'last-memsz+1'
  const found = locateHole(kexecBuf(request, Number(v.page_size)), order, taken, start)
  return found.ok ? hex(found.value) : null
}

function vector(id: string): Vector {
  return vectors.find((v) => v.id === id) as Vector
}

function toRange([start, last]: readonly [string, string]): Range {
  return range(Number(start), Number(last))
}
