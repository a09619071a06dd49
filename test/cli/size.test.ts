import { describe, expect, test } from 'vitest'
import { readAddress, readSize, exactSize } from '../../src/cli/size.ts'

describe('sizes', () => {
  test.each<[why: string, text: string, bytes: number]>([
    ['plain bytes', '4095', 4095],
    ['hex', '0x1000', 4096],
    ['a unit', '64M', 67108864],
    ['a unit in lowercase', '2g', 2147483648],
    ['none at all', '0', 0],
    ['the largest that is exact', '9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s', (_why, text, bytes) => {
    expect(readSize(text)).toBe(bytes)
    expect(readSize(exactSize(bytes))).toBe(bytes)
  })

  test.each<[why: string, text: string]>([
    ['nothing', ''],
    ['a unit alone', 'M'],
    ['a unit that there is not', '64X'],
    ['a fraction', '1.5M'],
    ['less than nothing', '-1'],
    ['one more than the largest', '9007199254740992'],
    ['too large by its unit', '8192T'],
  ])('refused: %s', (_why, text) => {
    expect(() => readSize(text)).toThrow('Bytes are wanted')
  })

  test.each<[why: string, bytes: number, text: string]>([
    ['below a unit', 1023, '1023'],
    ['a unit exactly', 1024, '1K'],
    ['one byte more', 1025, '1025'],
    ['the largest unit that is exact', 83886080, '80M'],
    ['beyond the last unit', 1024 ** 5, '1024T'],
  ])('in the largest unit that says it exactly: %s', (_why, bytes, text) => {
    expect(exactSize(bytes)).toBe(text)
  })
})

describe('addresses', () => {
  test('go over the wire in lowercase, without zeros in front', () => {
    expect(readAddress('0x0A000000')).toBe('0xa000000')
  })

  test.each<[why: string, text: string]>([
    ['decimal', '4096'],
    ['a unit', '0x1M'],
    ['beyond 2^53', '0x20000000000000'],
  ])('refused: %s', (_why, text) => {
    expect(() => readAddress(text)).toThrow('An address is wanted')
  })
})
