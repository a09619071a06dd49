import fc from 'fast-check'
import { expect, test } from 'vitest'
import { range, rangeOfSize } from '../../../src/planner/bytes/range.ts'
import { EFI_PAGE, readEfiMap, renderEfiMap, type EfiRegion } from '../../../src/planner/read/efi-map.ts'
import { readable, refused } from './refused.ts'

const LINE = '0 type=0xb phys=0xffc00000 virt=0xfffffffeffc00000 pages=0x400 attr=0x8000000000000001\n'

test('keeps the 64-bit fields as text and counts pages of 4 KiB', () => {
  expect(readable(readEfiMap(LINE))).toEqual([
    {
      range: range(0xffc00000, 0xffffffff),
      type: 11,
      virt: '0xfffffffeffc00000',
      attribute: '0x8000000000000001',
    },
  ])
})

test('stands in the order of the numbers, not of the lines', () => {
  const second = LINE.replace('0 type=0xb phys=0xffc00000', '1 type=0x5 phys=0x1000')
  expect(readable(readEfiMap(second + LINE)).map(({ type }) => type)).toEqual([11, 5])
})

test.each<[why: string, text: string, want: string]>([
  ['nothing', '', 'empty-file -:-'],
  ['no number', LINE.slice(2), 'bad-line 1:1'],
  ['another field first', LINE.replace('type', 'kind'), 'bad-line 1:3'],
  ['a field without digits', LINE.replace('0xb', '0x'), 'bad-line 1:10'],
  ['upper case', LINE.replace('0xb', '0xB'), 'bad-line 1:10'],
  ['a type of 32 bits', LINE.replace('0xb', '0xffffffff'), 'read'],
  ['a type of 33 bits', LINE.replace('0xb', '0x100000000'), 'bad-value 1:10'],
  ['an attribute of 65 bits', LINE.replace('0x8000000000000001', '0x18000000000000001'), 'bad-value 1:71'],
  ['no pages', LINE.replace('0x400', '0x0'), 'bad-range 1:60'],
  [
    'the last page below 2^53',
    LINE.replace('0xffc00000', '0x1ffffffffff000').replace('0x400', '0x1'),
    'read',
  ],
  [
    'a page beyond',
    LINE.replace('0xffc00000', '0x1ffffffffff000').replace('0x400', '0x2'),
    'beyond-2-53 1:66',
  ],
  ['an address beyond', LINE.replace('0xffc00000', '0x20000000000000'), 'beyond-2-53 1:19'],
  ['a further column', LINE.replace('\n', ' x=0x1\n'), 'unknown-column 1:87'],
  ['a gap in the numbers', LINE + LINE.replace('0 type', '2 type'), 'bad-value 2:1'],
  ['a number twice', LINE + LINE, 'bad-value 2:1'],
  ['cut between fields', LINE.slice(0, 40), 'truncated-line 1:41'],
  ['cut before the last digits', LINE.slice(0, 70), 'truncated-line 1:71'],
])('%s', (_why, text, want) => {
  expect(refused(readEfiMap(text))).toBe(want)
})

test('rendering regions and reading them again gives the regions', () => {
  const hex64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => `0x${n.toString(16)}`)
  const region = fc
    .tuple(fc.nat(15), fc.nat(2 ** 30), fc.integer({ min: 1, max: 2 ** 20 }), hex64, hex64)
    .map(([type, page, pages, virt, attribute]): EfiRegion => {
      return { range: rangeOfSize(page * EFI_PAGE, pages * EFI_PAGE), type, virt, attribute }
    })
  fc.assert(
    fc.property(fc.array(region, { minLength: 1 }), (regions) => {
      expect(readable(readEfiMap(renderEfiMap(regions)))).toEqual(regions)
    }),
  )
})

test('no text makes it throw', () => {
  const pieces = fc.constantFrom(
    '0',
    '1',
    ' type=0x',
    ' phys=0x',
    ' virt=0x',
    ' pages=0x',
    ' attr=0x',
    'f',
    '\n',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(refused(readEfiMap(text))).toMatch(/^(read|[a-z0-9-]+ (-:-|\d+:\d+))$/)
    }),
    { numRuns: 1000 },
  )
})
