import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitTimes, withTimes } from '../../../src/http/snapshots/boot-log-times.ts'

test.each<[why: string, log: string, text: string, bytes: number]>([
  ['the kernel prints seconds in at least five places', '[    0.000000] a\n[12345.678901] b', ' a\n b', 6],
  ['more seconds than that', '[123456.000001] a', ' a', 6],
  ['a line goes on in the next', '[    1.000000] a\n b', ' a\n\u0001 b', 3],
  ['two CPUs print, and the later one was faster', '[    1.000002] a\n[    1.000001] b', ' a\n b', 4],
  ['another form: too few places', '[ 1.000000] a', '\u0001[ 1.000000] a', 0],
  ['another form: zeros before it', '[00001.000000] a', '\u0001[00001.000000] a', 0],
  ['another form: a level before it', '<6>[    1.000000] a', '\u0001<6>[    1.000000] a', 0],
  [
    'a line that looks as if it stood whole',
    '\u0001a\n[    1.000000]\u0001a',
    '\u0001\u0001a\n\u0001[    1.000000]\u0001a',
    0,
  ],
  ['nothing', '', '\u0001', 0],
  ['carriage returns stay', '[    0.000000] a\r\n', ' a\r\n\u0001', 1],
])('%s', (_why, log, text, bytes) => {
  const split = splitTimes(log)
  expect([split.text, split.times.length]).toEqual([text, bytes])
  expect(withTimes(split)).toBe(log)
})

const stamp = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.nat(999_999))
  .map(([s, f]) => `[${String(s).padStart(5)}.${String(f).padStart(6, '0')}]`)
const line = fc.oneof(stamp, fc.string(), fc.constantFrom('\u0001', '[', ']', '[    ', '.000000]', ' '))

test('whatever a log holds comes back', () => {
  const log = fc.array(
    fc.array(line, { maxLength: 3 }).map((parts) => parts.join('')),
    { maxLength: 12 },
  )
  fc.assert(
    fc.property(log, (lines) => {
      expect(withTimes(splitTimes(lines.join('\n')))).toBe(lines.join('\n'))
    }),
  )
})

test('too few stamps are no log', () => {
  expect(() => withTimes({ text: ' a\n b', times: Uint8Array.of(0) })).toThrow('more lines than stamps')
})
