import { expect, test } from 'vitest'
import { patternBytes } from '../../src/machine/content.ts'
import { generateImage } from '../../src/machine/index.ts'

const head = Uint8Array.of(1, 2, 3, 4)

test.each<[why: string, size: number, first: number[]]>([
  ['as long as the head', 4, [1, 2, 3, 4]],
  ['one byte shorter than the head', 3, [1, 2, 3]],
])('an image %s', (_why, size, first) => {
  expect([...generateImage(head, size, 1)]).toEqual(first)
})

test('head first, then bytes that follow from the seed alone', () => {
  const image = generateImage(head, 5001, 7)
  expect(image.length).toBe(5001)
  expect([...image.subarray(0, 4)]).toEqual([1, 2, 3, 4])
  expect(generateImage(head, 5001, 7)).toEqual(image)
  expect(generateImage(head, 5001, 8)).not.toEqual(image)
})

test.each([[1], [2], [3], [4], [4096], [4097]])(
  'a pattern read from byte %i on is the same pattern',
  (offset) => {
    expect(patternBytes(3, offset, 16)).toEqual(patternBytes(3, 0, offset + 16).subarray(offset))
  },
)

test('a pattern uses all byte values', () => {
  expect(new Set(patternBytes(1, 0, 1 << 14)).size).toBe(256)
})
