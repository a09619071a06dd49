import { expect, test } from 'vitest'
import type { ColumnType, Value } from '../../../src/store/transfer/tables.ts'
import { toldOf, valueOf } from '../../../src/store/transfer/value.ts'

test.each<[why: string, type: ColumnType, value: Value, told: unknown]>([
  [
    'a text with everything that JSON escapes',
    'String',
    'ü😀\u0000\u001f"\\/\u2028\r\n',
    'ü😀\u0000\u001f"\\/\u2028\r\n',
  ],
  ['no text at all', 'String', '', ''],
  ['the lowest integer', 'Int', -(2 ** 31), -(2 ** 31)],
  ['the highest integer', 'Int', 2 ** 31 - 1, 2 ** 31 - 1],
  ['what a double cannot hold', 'BigInt', 2n ** 63n - 1n, '9223372036854775807'],
  ['the lowest of 64 bits', 'BigInt', -(2n ** 63n), '-9223372036854775808'],
  ['a tenth, which is none', 'Float', 0.1 + 0.2, 0.30000000000000004],
  ['the smallest', 'Float', 5e-324, 5e-324],
  ['no', 'Boolean', false, false],
  ['a time to the millisecond', 'DateTime', new Date(1), '1970-01-01T00:00:00.001Z'],
  ['a time before 1970', 'DateTime', new Date(-1), '1969-12-31T23:59:59.999Z'],
  [
    'every byte',
    'Bytes',
    Uint8Array.from({ length: 256 }, (_, i) => i),
    Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('base64'),
  ],
  ['no byte', 'Bytes', new Uint8Array(), ''],
])('%s comes back', (_why, type, value, told) => {
  const text = JSON.stringify(toldOf(type, value))
  expect(JSON.parse(text)).toEqual(told)
  expect(valueOf(type, JSON.parse(text))).toEqual(value)
})

test('null is null, of every type', () => {
  expect(toldOf('Bytes', null)).toBeNull()
})

test.each<[why: string, type: ColumnType, told: unknown]>([
  ['half a surrogate pair', 'String', '\ud800'],
  ['a number for a text', 'String', 1],
  ['one more than 32 bits', 'Int', 2 ** 31],
  ['one less than 32 bits', 'Int', -(2 ** 31) - 1],
  ['half of one', 'Int', 0.5],
  ['a text for an integer', 'Int', '1'],
  ['one more than 64 bits', 'BigInt', '9223372036854775808'],
  ['a number, which may have lost digits', 'BigInt', 2 ** 53],
  ['zeros before it', 'BigInt', '007'],
  ['no number', 'Float', null],
  ['1 for true', 'Boolean', 1],
  ['a day alone', 'DateTime', '2030-01-01'],
  ['a day that is none', 'DateTime', '2030-02-30T00:00:00.000Z'],
  ['another zone', 'DateTime', '2030-01-01T00:00:00.000+00:00'],
  ['base64 of URLs', 'Bytes', '_w=='],
  ['base64 without its end', 'Bytes', '/w'],
  ['bits that nobody reads', 'Bytes', '/x=='],
])('%s is refused', (_why, type, told) => {
  expect(valueOf(type, told)).toBeUndefined()
})

test.each<[why: string, type: ColumnType, value: Value]>([
  ['not a number', 'Float', Number.NaN],
  ['without end', 'Float', Number.POSITIVE_INFINITY],
  ['a year of five digits', 'DateTime', new Date(Date.UTC(10_000, 0))],
])('%s is not told as something else', (_why, type, value) => {
  expect(() => toldOf(type, value)).toThrow()
})
