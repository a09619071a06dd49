import { expect, test } from 'vitest'
import { HostId, PhysAddrHex, words } from '../../src/wire/scalars.ts'

test.each<[why: string, text: string, ok: boolean]>([
  ['zero', '0x0', true],
  ['a leading zero', '0x01', false],
  ['upper case', '0xA', false],
  ['the highest', '0x1fffffffffffff', true],
  ['2^53', '0x20000000000000', false],
  ['no prefix', '10', false],
])('an address: %s', (_why, text, ok) => {
  expect(PhysAddrHex.safeParse(text).success).toBe(ok)
})

test.each<[why: string, text: string, ok: boolean]>([
  ['26 digits', `host_${'0'.repeat(26)}`, true],
  ['25 digits', `host_${'0'.repeat(25)}`, false],
  ['another prefix', `plan_${'0'.repeat(26)}`, false],
  ['a letter that Crockford leaves out', `host_${'0'.repeat(25)}u`, false],
])('an id: %s', (_why, text, ok) => {
  expect(HostId.safeParse(text).success).toBe(ok)
})

test.each<[why: string, text: string, ok: boolean]>([
  ['as long as allowed', 'abc', true],
  ['one longer', 'abcd', false],
  ['a line break', 'a\n', false],
  ['half a surrogate pair', '\ud800', false],
])('words: %s', (_why, text, ok) => {
  expect(words(3).safeParse(text).success).toBe(ok)
})
