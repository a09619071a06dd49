import { expect, test } from 'vitest'
import { utf8 } from '../../../src/planner/bytes/utf8.ts'

test.each<[why: string, text: string]>([
  ['nothing', ''],
  ['the last of one byte', '\u007f'],
  ['the first of two bytes', '\u0080'],
  ['the last of two bytes', '\u07ff'],
  ['the first of three bytes', '\u0800'],
  ['the last of three bytes', '\uffff'],
  ['the first of four bytes', '\u{10000}'],
  ['the last of all', '\u{10ffff}'],
  ['all lengths together', 'aé€\u{1f600}z'],
])('%s', (_why, text) => {
  expect([...utf8(text)]).toEqual([...new TextEncoder().encode(text)])
})
