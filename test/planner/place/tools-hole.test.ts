import { describe, expect, test } from 'vitest'
import { kexecBuf, range, type Range } from '../../../src/planner/index.ts'
import { toolsHole } from '../../../src/planner/place/tools-hole.ts'

interface Asked {
  readonly memsz?: number
  readonly align?: number
  readonly min?: number
  readonly max?: number
  readonly topDown?: boolean
}

function search(asked: Asked, ranges: readonly Range[], placed: readonly Range[] = []) {
  const { memsz = 0x1000, topDown = false, ...limits } = asked
  return toolsHole(kexecBuf({ kind: 'initrd', bufsz: memsz, topDown, ...limits }, 0x1000), ranges, placed)
}

const TWO = [range(0x1000, 0x2fff), range(0x8000, 0xafff)]

describe('a place', () => {
  test.each<[why: string, asked: Asked, ranges: Range[], placed: Range[], want: number]>([
    ['bottom-up: the first piece, its lowest', {}, TWO, [], 0x1000],
    ['top-down: the last piece, its highest', { topDown: true }, TWO, [], 0xa000],
    [
      'top-down goes by the order of the list, not by address',
      { topDown: true },
      [...TWO].reverse(),
      [],
      0x2000,
    ],
    ['fills a piece exactly', { memsz: 0x2000 }, [range(0x1000, 0x2fff)], [], 0x1000],
    ['above what is placed', {}, TWO, [range(0x1000, 0x1fff)], 0x2000],
    ['under what is placed', { topDown: true }, TWO, [range(0xa000, 0xafff)], 0x9000],
    ['at the limit below', { min: 0x2000 }, TWO, [], 0x2000],
    ['a page above it', { min: 0x2001 }, [range(0x1000, 0x4fff)], [], 0x3000],
    ['under the limit above', { max: 0x9fff, topDown: true }, TWO, [], 0x9000],
    ['a byte less', { max: 0x9ffe, topDown: true }, TWO, [], 0x8000],
    ['aligned down', { align: 0x2000, topDown: true }, TWO, [], 0xa000],
  ])('%s', (_why, asked, ranges, placed, want) => {
    expect(search(asked, ranges, placed)).toEqual({ ok: true, value: want })
  })
})

describe('a refusal names each piece', () => {
  test.each<[why: string, asked: Asked, piece: Range, because: object]>([
    ['a byte too small', { memsz: 0x2000 }, range(0x1000, 0x2ffe), { code: 'too-small', short: 1 }],
    [
      'large enough, but not from an aligned start',
      { memsz: 0x1000 },
      range(0x1800, 0x27ff),
      { code: 'no-aligned-hole', short: 0x800 },
    ],
    ['ends a byte below the limit', { min: 0x2000 }, range(0x1000, 0x1fff), { code: 'below-min' }],
    [
      'its last byte at the limit below',
      { min: 0x1fff },
      range(0x1000, 0x1fff),
      { code: 'no-aligned-hole', short: 0x1000 },
    ],
    ['starts a byte above the limit', { max: 0xfff }, range(0x1000, 0x1fff), { code: 'above-max' }],
    [
      'its first byte at the limit above',
      { max: 0x1000 },
      range(0x1000, 0x1fff),
      { code: 'no-aligned-hole', short: 0x1000 },
    ],
    ['a piece of one byte', {}, range(0x1000, 0x1000), { code: 'no-aligned-hole', short: 0x1000 }],
    ['a piece of two bytes', {}, range(0x1000, 0x1001), { code: 'too-small', short: 0xffe }],
  ])('%s', (_why, asked, piece, because) => {
    expect(search(asked, [piece])).toMatchObject({
      ok: false,
      error: { code: 'no-hole', wrapped: false, refusals: [{ range: piece, because }] },
    })
  })
})
