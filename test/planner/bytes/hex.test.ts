import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hex } from '../../../src/planner/bytes/phys-addr.ts'

test.each<[why: string, n: number, text: string]>([
  ['nothing', 0, '0x0'],
  ['one digit', 0xf, '0xf'],
  ['two digits', 0x10, '0x10'],
  ['the last byte of the table', 0xff, '0xff'],
  ['zeros below the first byte stay', 0x100, '0x100'],
  ['a first byte of one digit', 0x13f7c7fc0, '0x13f7c7fc0'],
  ['above 2^31, where bit operators break', 0x80000000, '0x80000000'],
  ['above 2^32', 0x1000000000, '0x1000000000'],
  ['the highest address', Number.MAX_SAFE_INTEGER, '0x1fffffffffffff'],
  ['a number that is no address is written all the same', 2 ** 60, '0x1000000000000000'],
  ['so is one below zero', -16, '0x-10'],
  ['and none at all', Infinity, '0xInfinity'],
])('%s', (_why, n, text) => {
  expect(hex(n)).toBe(text)
})

test('any address is written as the language itself would', () => {
  fc.assert(fc.property(fc.maxSafeNat(), (n) => hex(n) === `0x${n.toString(16)}`))
})
