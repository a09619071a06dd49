import { expect, test } from 'vitest'
import { mostOf, reaches, shareText, sizeOf, type Share } from '../../src/rollout/share.ts'

test.each<[why: string, share: Share, total: number, most: number, size: number]>([
  ['a count is itself', { count: 3 }, 100, 3, 3],
  ['a percentage that divides', { percent: 10 }, 100, 10, 10],
  ['a limit rounds down, a wave up', { percent: 10 }, 19, 1, 2],
  ['one short of the next', { percent: 50 }, 3, 1, 2],
  ['never less than one', { percent: 1 }, 3, 1, 1],
  ['all', { percent: 100 }, 7, 7, 7],
])('limits and waves: %s', (_why, share, total, most, size) => {
  expect([mostOf(share, total), sizeOf(share, total)]).toEqual([most, size])
})

test.each<[why: string, count: number, share: Share, total: number, reached: boolean]>([
  ['one below', 1, { count: 2 }, 10, false],
  ['exactly', 2, { count: 2 }, 10, true],
  ['a percentage, just below', 1, { percent: 10 }, 11, false],
  ['a percentage, exactly', 1, { percent: 10 }, 10, true],
  ['nothing happened', 0, { percent: 1 }, 10, false],
  ['nothing happened, among nobody', 0, { percent: 1 }, 0, false],
])('thresholds: %s', (_why, count, share, total, reached) => {
  expect(reaches(count, share, total)).toBe(reached)
})

test('a share in words', () => {
  expect([shareText({ count: 2 }), shareText({ percent: 5 })]).toEqual(['2', '5 %'])
})
