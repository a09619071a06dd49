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
    ['an object with the list, as the service answers', { pins: [PIN] }],
    ['fields that a pin does not have are dropped', [{ ...PIN, generation: 4 }]],
  ])('%s', (_why, content) => {
    expect(readPinsFile(pinsFile(content))).toEqual({ ok: true, value: [PIN] })
  })

  test.each<[why: string, content: unknown, want: object]>([
    ['no JSON: line and column', '[\n  {,', { code: 'bad-json', line: 2, column: 4 }],
    ['no list', { pin: [] }, { code: 'bad-pins', expected: 'a list of pins' }],
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
