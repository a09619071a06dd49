import { expect, test } from 'vitest'
import {
  putU32be,
  putU32le,
  putU64be,
  putU64le,
  u16le,
  u32be,
  u32le,
  u64be,
  u64le,
} from '../../../src/planner/bytes/endian.ts'

const bytes = Uint8Array.from([0xf1, 0x02, 0x03, 0x84, 0x05, 0x06, 0x07, 0x08])
const high = new Uint8Array(8).fill(0xff)

test.each<[why: string, read: (bytes: Uint8Array, at: number) => number, bytes: Uint8Array, want: number]>([
  ['two bytes', u16le, bytes, 0x02f1],
  ['four bytes above 2^31 stay positive', u32le, bytes, 0x840302f1],
  ['big-endian above 2^31 stays positive', u32be, bytes, 0xf1020384],
  ['the highest safe integer', u64le, Uint8Array.from([255, 255, 255, 255, 255, 255, 0x1f, 0]), 2 ** 53 - 1],
  [
    'the highest safe integer, big-endian',
    u64be,
    Uint8Array.from([0, 0x1f, 255, 255, 255, 255, 255, 255]),
    2 ** 53 - 1,
  ],
])('%s', (_why, read, from, want) => {
  expect(read(from, 0)).toBe(want)
})

test.each([
  ['little-endian', u64le],
  ['big-endian', u64be],
])('2^53 and above is no safe integer, %s', (_why, read) => {
  expect(Number.isSafeInteger(read(high, 0))).toBe(false)
  const lowest = new Uint8Array(8)
  lowest[read === u64be ? 1 : 6] = 0x20
  expect(Number.isSafeInteger(read(lowest, 0))).toBe(false)
})

test.each([0, 1, 0x80000000, 0xffffffff, 0x100000000, 2 ** 53 - 1])(
  '%d survives writing and reading',
  (value) => {
    const into = new Uint8Array(12)
    putU64be(into, 4, value)
    expect(u64be(into, 4)).toBe(value)
    putU32be(into, 0, value)
    expect(u32be(into, 0)).toBe(value % 2 ** 32)
    putU64le(into, 3, value)
    expect(u64le(into, 3)).toBe(value)
    putU32le(into, 1, value)
    expect(u32le(into, 1)).toBe(value % 2 ** 32)
  },
)
