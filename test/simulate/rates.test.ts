import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readOptions } from '../../src/simulate/options.ts'
import { RATES, RATE_TABLE } from '../../src/simulate/rates.ts'

const folder = mkdtempSync(join(tmpdir(), 'berth-rates-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What the command line says of a file of rates. */
function read(text: string): ReturnType<typeof readOptions> {
  const file = join(folder, 'rates.json')
  writeFileSync(file, text)
  return readOptions(['--rates', file])
}

test.each<[why: string, text: string, want: RegExp]>([
  ['no JSON', '{', /expected a JSON object of rates by name/],
  ['no object', '[]', /rates\.json: expected an object of rates by name; found \[\]/],
  ['null', 'null', /expected an object of rates by name; found null/],
  [
    'an unknown name',
    '{"kaslr": 1}',
    /rates\.json \/kaslr: expected one of boot_by_firmware, .*; found no such rate/,
  ],
  ['a name of every object', '{"constructor": 1}', /\/constructor: expected one of/],
  ['a name to be escaped', '{"a/b~c": 1}', /\/a~1b~0c: expected one of/],
  ['odds above 1', '{"small_shift": 1.01}', /\/small_shift: expected a number from 0 through 1; found 1\.01/],
  ['odds below 0', '{"small_shift": -0.1}', /found -0\.1/],
  ['a text', '{"small_shift": "1"}', /found "1"/],
  [
    'half a byte',
    '{"dtb_growth_bytes": 0.5}',
    /expected a whole number of bytes from 0 through 268435456; found 0\.5/,
  ],
  ['one byte too many', '{"dtb_growth_bytes": 268435457}', /found 268435457/],
  ['one page too many', '{"small_shift_pages": 17}', /expected a whole number of pages from 0 through 16/],
])('%s is refused', (_why, text, want) => {
  const options = read(text)
  expect('errors' in options ? options.errors.join('\n') : 'accepted').toMatch(want)
})

test('every wrong entry is told at once', () => {
  const options = read('{"small_shift": 2, "kaslr": 1}')
  expect('errors' in options && options.errors).toHaveLength(2)
})

test.each<[why: string, text: string, want: Partial<typeof RATES>]>([
  ['nothing', '{}', {}],
  ['odds of 0', '{"small_shift": 0}', { small_shift: 0 }],
  ['odds of 1', '{"small_shift": 1}', { small_shift: 1 }],
  ['as many bytes as may be', '{"dtb_growth_bytes": 268435456}', { dtb_growth_bytes: 268435456 }],
])('%s replaces what it names', (_why, text, want) => {
  const options = read(text)
  expect('rates' in options && options.rates).toEqual({ ...RATES, ...want })
})

test.each<[why: string, argv: string[], want: RegExp]>([
  ['an unknown option', ['--speed', '1'], /speed/],
  ['no number', ['--seed', 'x'], /--seed: expected a whole number from 0 on, found "x"/],
  ['no boot', ['--boots', '0'], /--boots: expected a whole number from 1 on/],
  ['a file that is not there', ['--rates', join(folder, 'none.json')], /none\.json: expected a JSON object/],
])('%s is refused', (_why, argv, want) => {
  const options = readOptions(argv)
  expect('errors' in options ? options.errors.join('\n') : 'accepted').toMatch(want)
})

test('every rate says what it is fitted to', () => {
  expect(Object.values(RATE_TABLE).filter(({ fitted }) => fitted.length < 10)).toEqual([])
})
