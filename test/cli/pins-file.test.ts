import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readPinsFile } from '../../src/cli/pins-file.ts'
import { scratchFolder } from './scratch.ts'

const PIN = { purpose: 'reboot', kind: 'kernel', mem: '0x40200000', room: 4096, reason: 'first plan' }

function pinsFile(content: unknown): string {
  const path = join(scratchFolder(), 'pins.json')
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

describe('readPinsFile', () => {
  test.each<[why: string, content: unknown]>([
    ['a list', [PIN]],
    ['an object with the list', { pins: [PIN] }],
    ['what the service answers', { host: 'host_1', generation: 4, items: [PIN] }],
    ['a pin that is firm', [{ ...PIN, loose: false }]],
    ['fields that a pin does not have are dropped', [{ ...PIN, generation: 4 }]],
  ])('%s', (_why, content) => {
    expect(readPinsFile(pinsFile(content))).toEqual({ ok: true, value: [PIN] })
  })

  test('a loose pin stays loose', () => {
    const loose = { ...PIN, loose: true }
    expect(readPinsFile(pinsFile({ items: [loose] }))).toEqual({ ok: true, value: [loose] })
  })

  test('a pin may end at the highest address', () => {
    const last = { ...PIN, mem: '0x1ffffffffff000', room: 4096 }
    expect(readPinsFile(pinsFile([last]))).toEqual({ ok: true, value: [last] })
  })

  test.each<[why: string, content: unknown, want: object]>([
    ['no JSON: line and column', '[\n  {,', { code: 'bad-json', line: 2, column: 4 }],
    [
      'no list',
      { pin: [] },
      {
        code: 'bad-pins',
        expected: 'a list of pins, or an object that holds one as `items` or `pins`',
        found: '{"pin":[]}',
      },
    ],
    ['a pin that is null', [null], { code: 'bad-pins' }],
    ['another purpose', [{ ...PIN, purpose: 'halt' }], { expected: 'a purpose: reboot or crash' }],
    ['another kind', [{ ...PIN, kind: 'ramdisk' }], { code: 'bad-pins' }],
    [
      'an address in capitals',
      [{ ...PIN, mem: '0x4020000A' }],
      { expected: 'mem as lowercase hex below 2^53' },
    ],
    [
      'an address as a number',
      [{ ...PIN, mem: 0x40200000 }],
      { expected: 'mem as lowercase hex below 2^53' },
    ],
    [
      'an address of 2^53',
      [{ ...PIN, mem: '0x20000000000000' }],
      { expected: 'mem as lowercase hex below 2^53' },
    ],
    ['no room', [{ ...PIN, room: 0 }], { expected: 'room in bytes, at least 1' }],
    [
      'a pin that ends one byte above the highest address',
      [{ ...PIN, mem: '0x1ffffffffff000', room: 4097 }],
      { expected: 'mem and room that end below 2^53' },
    ],
    ['loose as a word', [{ ...PIN, loose: 'yes' }], { expected: 'loose as true or false' }],
    ['no reason', [{ ...PIN, reason: undefined }], { expected: 'a reason as text' }],
    [
      'two pins for one segment',
      [PIN, PIN],
      { expected: 'one pin a purpose and kind', found: 'pins 0 and 1' },
    ],
  ])('refuses %s', (_why, content, want) => {
    expect(readPinsFile(pinsFile(content))).toMatchObject({ ok: false, error: want })
  })

  test('refuses a file that is not there', () => {
    expect(readPinsFile(join(scratchFolder(), 'none'))).toMatchObject({
      ok: false,
      error: { code: 'unreadable-file' },
    })
  })
})
