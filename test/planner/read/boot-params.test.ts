import { expect, test } from 'vitest'
import { range } from '../../../src/planner/bytes/range.ts'
import { readBootParams } from '../../../src/planner/read/boot-params.ts'
import { loadCapture } from '../../capture.ts'
import { readable, refused } from './refused.ts'

const BIOS = loadCapture('x86_64-seabios-2g')['boot-params'] ?? new Uint8Array(0)
const UEFI = loadCapture('x86_64-ovmf-4g')['boot-params'] ?? new Uint8Array(0)

function changed(...bytes: [at: number, value: number][]): Uint8Array {
  const blob = BIOS.slice()
  for (const [at, value] of bytes) blob[at] = value
  return blob
}

test('a BIOS host: header, no UEFI map', () => {
  const params = readable(readBootParams(BIOS))
  expect(params.protocol).toBe(0x20f)
  expect(params.efiMemmap).toBeNull()
  expect(params.initrd).not.toBeNull()
  expect(params.e820[0]).toEqual({ start: 0, size: 0x9fc00, type: 1 })
})

test('a UEFI host: the stub leaves no header, the map is named', () => {
  const params = readable(readBootParams(UEFI))
  expect(params.protocol).toBeNull()
  expect(params.efiMemmap).toEqual(range(0x7fb71040, 0x7fb7280f))
  expect(params.cmdlineAt).toBe(0x7df82018)
  expect(params.e820).toHaveLength(17)
})

test.each<[why: string, blob: Uint8Array, want: string]>([
  ['a byte short', BIOS.slice(1), 'bad-blob -:0'],
  ['another magic', changed([0x202, 1]), 'bad-blob -:514'],
  ['128 entries', changed([0x1e8, 128]), 'read'],
  ['129 entries', changed([0x1e8, 129]), 'bad-blob -:488'],
  ['an e820 entry below 2^53', changed([0x2d6, 0x0f]), 'read'],
  ['an e820 entry of 2^53', changed([0x2d6, 0x20]), 'beyond-2-53 -:720'],
  ['setup data of 2^53', changed([0x256, 0x20]), 'beyond-2-53 -:592'],
  ['an initrd of 2^53', changed([0x0c2, 0x20]), 'beyond-2-53 -:536'],
  ['a command line of 2^53', changed([0x0ca, 0x20]), 'beyond-2-53 -:552'],
  ['a UEFI map of 2^53', changed([0x1de, 0x20]), 'beyond-2-53 -:464'],
  ['a root pointer of 2^53', changed([0x076, 0x20]), 'beyond-2-53 -:112'],
])('%s', (_why, blob, want) => {
  expect(refused(readBootParams(blob))).toBe(want)
})

test('addresses above 4 GiB stand in two halves', () => {
  const params = readable(readBootParams(changed([0x0c0, 1], [0x0c8, 2])))
  const below = readable(readBootParams(BIOS))
  expect(params.initrd?.start).toBe((below.initrd?.start ?? 0) + 2 ** 32)
  expect(params.cmdlineAt).toBe((below.cmdlineAt ?? 0) + 2 * 2 ** 32)
})
