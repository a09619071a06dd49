import { expect, test } from 'vitest'
import { isSigned } from '../../../src/planner/index.ts'
import { hostFile } from '../../capture.ts'

const PE_AT = 0x40
const DIRECTORIES_AT = PE_AT + 24 + 108

/** A 64-bit PE image's first bytes, with as many directories and a certificate table of that size. */
function pe({
  directories = 6,
  certificates = 0,
  magic = 0x20b,
  at = PE_AT,
  length = 4096,
} = {}): Uint8Array {
  const head = new Uint8Array(4096)
  const view = new DataView(head.buffer)
  head.set([0x4d, 0x5a])
  view.setUint32(0x3c, at, true)
  if (at === PE_AT) head.set([0x50, 0x45], at)
  view.setUint16(PE_AT + 24, magic, true)
  view.setUint32(DIRECTORIES_AT, directories, true)
  view.setUint32(DIRECTORIES_AT + 4 + 4 * 8, 0x100000, true)
  view.setUint32(DIRECTORIES_AT + 4 + 4 * 8 + 4, certificates, true)
  return head.slice(0, length)
}

test.each<[why: string, head: Uint8Array, want: boolean | null]>([
  [
    'Debian signs its kernel for arm64',
    hostFile('arm64-uefi-acpi-2g', 'kernel-header.bin') as Uint8Array,
    true,
  ],
  ['a certificate table', pe({ certificates: 1 }), true],
  ['an empty one', pe(), false],
  ['the fifth directory is the last', pe({ directories: 5, certificates: 1 }), true],
  ['there are but four directories', pe({ directories: 4, certificates: 1 }), false],
  ['no EFI stub: nowhere to carry one', new Uint8Array(4096), false],
  ['MZ and no PE header', pe({ at: 0x80, certificates: 1 }), false],
  ['a 32-bit image', pe({ magic: 0x10b, certificates: 1 }), null],
  ['a header behind what was kept', pe({ at: 4000, certificates: 1 }), null],
  [
    'the directory ends with what was kept',
    pe({ certificates: 1, length: DIRECTORIES_AT + 4 + 5 * 8 }),
    true,
  ],
  ['the directory was cut off by a byte', pe({ certificates: 1, length: DIRECTORIES_AT + 3 + 5 * 8 }), null],
  ['nothing', new Uint8Array(0), null],
])('%s', (_why, head, want) => {
  expect(isSigned(head)).toBe(want)
})
