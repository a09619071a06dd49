import { expect, test } from 'vitest'
import { findWords } from '../../../src/planner/read/find-words.ts'

test.each<[why: string, text: string, words: string, mark: string, from: number, at: number]>([
  ['at the very start', 'KASLR enabled', 'KASLR enabled', 'KASLR ', 0, 0],
  ['a mark inside the words', 'random: crng init done\n', 'crng init done', 'g init', 0, 8],
  ['the mark stands alone before', 'KASLR off KASLR enabled', 'KASLR enabled', 'KASLR ', 0, 10],
  ['the mark stands alone, the words do not', 'debug init done', 'crng init done', 'g init', 0, -1],
  ['a mark too near to the start to be theirs', 'g init done', 'crng init done', 'g init', 0, -1],
  ['nothing at all', '', 'KASLR enabled', 'KASLR ', 0, -1],
  ['cut off at the end', 'KASLR enable', 'KASLR enabled', 'KASLR ', 0, -1],
  ['looked for from there on', 'ids=1 ids=2', 'ids=', 'ids=', 1, 6],
  ['from exactly there', 'ids=1 ids=2', 'ids=', 'ids=', 6, 6],
])('%s', (_why, text, words, mark, from, at) => {
  expect(findWords(text, words, mark, from)).toBe(at)
})

test('a mark that is no part of the words is a mistake of the caller', () => {
  expect(() => findWords('text', 'KASLR', 'ASLX')).toThrow('ASLX is no part of KASLR')
})
