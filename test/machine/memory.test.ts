import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesContent, fill, pattern, type Content } from '../../src/machine/content.ts'
import { emptyMemory, firstDifference, read, write } from '../../src/machine/memory.ts'
import { range, rangeOfSize } from '../../src/planner/index.ts'

const SIZE = 64

test('memory that nobody wrote reads as zero', () => {
  expect([...read(emptyMemory(), range(0x1000, 0x1003))]).toEqual([0, 0, 0, 0])
})

test.each<[why: string, writes: [start: number, last: number, value: number][], want: number[]]>([
  [
    'in the middle: both sides stay',
    [
      [0, 7, 1],
      [2, 3, 2],
    ],
    [1, 1, 2, 2, 1, 1, 1, 1],
  ],
  [
    'exactly the same bytes',
    [
      [2, 3, 1],
      [2, 3, 2],
    ],
    [0, 0, 2, 2, 0, 0, 0, 0],
  ],
  [
    'one byte over the start',
    [
      [2, 5, 1],
      [1, 2, 2],
    ],
    [0, 2, 2, 1, 1, 1, 0, 0],
  ],
  [
    'touches, one byte short of overlapping',
    [
      [2, 5, 1],
      [0, 1, 2],
    ],
    [2, 2, 1, 1, 1, 1, 0, 0],
  ],
  [
    'over three extents at once',
    [
      [0, 1, 1],
      [3, 4, 2],
      [6, 7, 3],
      [1, 6, 9],
    ],
    [1, 9, 9, 9, 9, 9, 9, 3],
  ],
])('write %s', (_why, writes, want) => {
  const memory = emptyMemory()
  for (const [start, last, value] of writes) write(memory, range(start, last), fill(value))
  expect([...read(memory, range(0, 7))]).toEqual(want)
})

test('any writes read back as they would from plain bytes', () => {
  const source = Uint8Array.from({ length: SIZE }, (_, i) => i + 100)
  const content: fc.Arbitrary<Content> = fc.oneof(
    fc.integer({ min: 0, max: 255 }).map(fill),
    fc.integer({ min: 1, max: 9 }).map(pattern),
    fc.constant(bytesContent(source)),
  )
  const writes = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: 1, max: SIZE }), content), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(writes, fc.nat(SIZE - 1), (list, from) => {
      const memory = emptyMemory()
      const plain = new Uint8Array(2 * SIZE)
      for (const [start, size, what] of list) {
        write(memory, rangeOfSize(start, size), what)
        const scratch = emptyMemory()
        write(scratch, rangeOfSize(0, size), what)
        plain.set(read(scratch, rangeOfSize(0, size)), start)
      }
      expect([...read(memory, range(from, 2 * SIZE - 1))]).toEqual([...plain.subarray(from)])
    }),
  )
})

describe('firstDifference', () => {
  const canary = pattern(5)
  const guarded = range(0x1000, 0x1fff)

  test.each<[why: string, start: number, last: number, want: number | null]>([
    ['nothing written', 0x3000, 0x3000, null],
    ['up to the byte before', 0x0ff0, 0x0fff, null],
    ['the first byte', 0x0ff0, 0x1000, 0x1000],
    ['the last byte', 0x1fff, 0x2fff, 0x1fff],
    ['from the byte after', 0x2000, 0x2fff, null],
  ])('%s', (_why, start, last, want) => {
    const memory = emptyMemory()
    write(memory, guarded, canary)
    const before = read(memory, guarded)
    // The inverse of what lies there, so that every byte written differs.
    const other = Uint8Array.from(
      { length: last - start + 1 },
      (_, i) => 255 - (before[start + i - 0x1000] ?? 0),
    )
    write(memory, range(start, last), bytesContent(other))
    expect(firstDifference(memory, guarded, canary)).toBe(want)
  })

  test('the same bytes from another source are no difference', () => {
    const memory = emptyMemory()
    write(memory, guarded, canary)
    write(memory, range(0x1100, 0x11ff), bytesContent(read(memory, range(0x1100, 0x11ff)).slice()))
    expect(firstDifference(memory, guarded, canary)).toBeNull()
  })
})
