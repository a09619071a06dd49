import { describe, expect, test } from 'vitest'
import { elfBytes } from '../../src/planner/kdump/elf-bytes.ts'
import type { CoreHeader } from '../../src/planner/kdump/elfcorehdr.ts'

const HEADERS: readonly CoreHeader[] = [
  { type: 'note', paddr: 0x7fdcd600, memsz: 0x1a8, vaddr: '0x0', unknown: null },
  { type: 'load', paddr: 0x140000000, memsz: 0x1_0000_0000, vaddr: '0xffff891580100000', unknown: null },
]

describe('elfcorehdr is an ELF64 core file of headers alone', () => {
  const bytes = elfBytes('arm64', HEADERS, 4096)
  const view = new DataView(bytes.buffer)

  test.each<[field: string, at: number, size: 2 | 4 | 8, want: bigint]>([
    ['magic, class, byte order, version', 0, 8, 0x0001_0102_464c_457fn],
    ['type: core', 16, 2, 4n],
    ['machine: AArch64', 18, 2, 183n],
    ['version', 20, 4, 1n],
    ['offset of the program headers', 32, 8, 64n],
    ['size of the file header', 52, 2, 64n],
    ['size of a program header', 54, 2, 56n],
    ['program headers', 56, 2, 2n],
    ['first: a note', 64, 4, 4n],
    ['its offset is its physical address', 72, 8, 0x7fdcd600n],
    ['second: memory', 120, 4, 1n],
    ['readable, writable, executable', 124, 4, 7n],
    ['its virtual address, all 64 bits', 136, 8, 0xffff891580100000n],
    ['its physical address, above 4 GiB', 144, 8, 0x140000000n],
    ['its size in the file', 152, 8, 0x100000000n],
    ['its size in memory', 160, 8, 0x100000000n],
    ['nothing after the last header', 176, 8, 0n],
  ])('%s', (_field, at, size, want) => {
    const read = {
      2: () => BigInt(view.getUint16(at, true)),
      4: () => BigInt(view.getUint32(at, true)),
      8: () => view.getBigUint64(at, true),
    }
    expect(read[size]()).toBe(want)
  })

  test('exactly as long as planned, and refused where the headers do not fit', () => {
    expect(bytes).toHaveLength(4096)
    expect(elfBytes('x86_64', HEADERS, 64 + 2 * 56)).toHaveLength(176)
    expect(() => elfBytes('x86_64', HEADERS, 64 + 2 * 56 - 1)).toThrow(RangeError)
  })
})
