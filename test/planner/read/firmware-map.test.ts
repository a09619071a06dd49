import fc from 'fast-check'
import { expect, test } from 'vitest'
import { range } from '../../../src/planner/bytes/range.ts'
import {
  readFirmwareMap,
  renderFirmwareMap,
  type FirmwareEntry,
} from '../../../src/planner/read/firmware-map.ts'
import { readable, refused } from './refused.ts'

test('ascends by address, whatever the order of the folder listing', () => {
  const text = '0 0x0 0x9fbff System RAM\n10 0x200000 0x2fffff ACPI Tables\n2 0x100000 0x1fffff Reserved\n'
  expect(readable(readFirmwareMap(text))).toEqual([
    { range: range(0, 0x9fbff), type: 'System RAM' },
    { range: range(0x100000, 0x1fffff), type: 'Reserved' },
    { range: range(0x200000, 0x2fffff), type: 'ACPI Tables' },
  ])
})

test.each<[why: string, text: string, want: string]>([
  ['nothing', '', 'empty-file -:-'],
  ['no number', '0x0 0xfff System RAM\n', 'bad-line 1:2'],
  ['a word', 'start 0x0 0xfff System RAM\n', 'bad-line 1:1'],
  ['no 0x', '0 0 fff System RAM\n', 'bad-line 1:4'],
  ['no digits', '0 0x 0xfff System RAM\n', 'bad-line 1:5'],
  ['upper case', '0 0x0 0xFFF System RAM\n', 'bad-line 1:9'],
  ['no type', '0 0x0 0xfff\n', 'bad-line 1:12'],
  ['an empty type', '0 0x0 0xfff \n', 'bad-line 1:13'],
  ['one number twice', '0 0x0 0xfff Reserved\n0 0x1000 0x1fff Reserved\n', 'bad-value 2:1'],
  [
    'a gap in the numbers, as hot-removal leaves it',
    '0 0x0 0xfff Reserved\n7 0x1000 0x1fff Reserved\n',
    'read',
  ],
  ['last below first', '0 0x1000 0xfff Reserved\n', 'bad-range 1:12'],
  ['the highest address', '0 0x0 0x1fffffffffffff Reserved\n', 'read'],
  ['2^53', '0 0x0 0x20000000000000 Reserved\n', 'beyond-2-53 1:9'],
  ['a first byte of 2^53', '0 0x20000000000000 0x20000000000000 Reserved\n', 'beyond-2-53 1:5'],
  ['entries that touch', '0 0x0 0xfff Reserved\n1 0x1000 0x1fff Reserved\n', 'read'],
  ['entries that share a byte', '1 0xfff 0x1fff Reserved\n0 0x0 0xfff Reserved\n', 'overlapping 1:5'],
  ["cut in the type's place", '0 0x0 0xfff Reserved\n1 0x1000 0x1fff', 'truncated-line 2:16'],
  ['cut in a number', '0 0x0 0xfff Reserved\n1 0x', 'truncated-line 2:5'],
])('%s', (_why, text, want) => {
  expect(refused(readFirmwareMap(text))).toBe(want)
})

test('rendering entries and reading them again gives the entries', () => {
  const steps = fc.array(fc.tuple(fc.nat(2 ** 40), fc.integer({ min: 1, max: 2 ** 40 })), { minLength: 1 })
  fc.assert(
    fc.property(steps, fc.constantFrom('System RAM', 'Reserved', 'Unknown E820 type'), (gaps, type) => {
      let next = 0
      const entries = gaps.map(([gap, size]): FirmwareEntry => {
        const own = range(next + gap, next + gap + size - 1)
        next = own.last + 1
        return { range: own, type }
      })
      expect(readable(readFirmwareMap(renderFirmwareMap(entries)))).toEqual(entries)
    }),
  )
})

test('no text makes it throw', () => {
  const pieces = fc.constantFrom('0', '1', ' 0x', 'fff', ' ', 'Reserved', '\n', '20000000000000')
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(refused(readFirmwareMap(text))).toMatch(/^(read|[a-z0-9-]+ (-:-|\d+:\d+))$/)
    }),
    { numRuns: 1000 },
  )
})
