import { expect, test } from 'vitest'
import { sha256 } from '../../src/agent/sha256.ts'
import { bytesContent } from '../../src/machine/content.ts'
import { emptyMemory, write } from '../../src/machine/memory.ts'
import {
  firstWrongDigest,
  purgatoryBytes,
  readPurgatory,
  type Purgatory,
} from '../../src/machine/purgatory.ts'
import { range, rangeOfSize } from '../../src/planner/index.ts'

const content = Uint8Array.of(1, 2, 3, 4)
const purgatory: Purgatory = {
  jump: 0x17c000200,
  argument: 0x98000,
  checks: [{ range: rangeOfSize(0x2000, 4), sha256: sha256(content) }],
}

test('what was written is read back', () => {
  expect(readPurgatory(purgatoryBytes(purgatory, 0x4000))).toEqual(purgatory)
})

test.each<[why: string, bytes: Uint8Array]>([
  ['zeros', new Uint8Array(0x4000)],
  ['one byte less than its own count needs', purgatoryBytes(purgatory, 80).subarray(0, 79)],
  ['a changed magic', purgatoryBytes(purgatory, 80).with(0, 0)],
])('%s are no purgatory', (_why, bytes) => {
  expect(readPurgatory(bytes)).toBeNull()
})

test('a purgatory that is too small for its checks is a mistake of the caller', () => {
  expect(() => purgatoryBytes(purgatory, 79)).toThrow(RangeError)
})

test.each<[why: string, at: number, want: string | null]>([
  ['untouched', 0x3000, null],
  ['the byte before', 0x1fff, null],
  ['its first byte', 0x2000, 'wrong'],
  ['its last byte', 0x2003, 'wrong'],
  ['the byte after', 0x2004, null],
])('digests: %s', (_why, at, want) => {
  const memory = emptyMemory()
  write(memory, range(0x2000, 0x2003), bytesContent(content))
  write(memory, range(at, at), bytesContent(Uint8Array.of(99)))
  expect(firstWrongDigest(purgatory, memory, sha256)).toEqual(want === null ? null : range(0x2000, 0x2003))
})
