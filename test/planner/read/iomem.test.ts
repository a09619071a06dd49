import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { range } from '../../../src/planner/bytes/range.ts'
import { readIomem, renderIomem, type IomemEntry } from '../../../src/planner/read/iomem.ts'
import { readFirmwareMap } from '../../../src/planner/read/firmware-map.ts'
import { readMemblock } from '../../../src/planner/read/memblock.ts'
import { MAX_LINE, MAX_ROWS, MAX_TEXT } from '../../../src/planner/read/lines.ts'
import { readable, refused } from './refused.ts'

const RAM = '00001000-0009ffff : System RAM\n'

test('nests by two spaces a level', () => {
  const text =
    '40000000-7fffffff : System RAM\n  40210000-4101ffff : Kernel code\n  42000000-42ffffff : Kernel data\n' +
    '    42100000-421fffff : odd : name\n8000000000-ffffffffff : pcie@10000000\n'
  const entries = readable(readIomem(text))
  expect(entries.map(({ name }) => name)).toEqual(['System RAM', 'pcie@10000000'])
  expect(entries[0]?.range).toEqual(range(0x40000000, 0x7fffffff))
  expect(entries[0]?.children.map(({ name }) => name)).toEqual(['Kernel code', 'Kernel data'])
  expect(entries[0]?.children[1]?.children).toEqual([
    { range: range(0x42100000, 0x421fffff), name: 'odd : name', children: [] },
  ])
})

test.each<[why: string, text: string, want: string]>([
  ['nothing at all', '', 'empty-file -:-'],
  ['a blank line', '\n', 'bad-line 1:1'],
  ['prose', 'no such file\n', 'bad-line 1:1'],
  ['a tab for indentation', `${RAM}\t00002000-00002fff : x\n`, 'bad-line 2:1'],
  ['upper case', '0000A000-0000bfff : x\n', 'bad-line 1:5'],
  ['upper case in the last byte', '0000a000-0000Bfff : x\n', 'bad-line 1:14'],
  ['0x before the address', '0x1000-0x1fff : x\n', 'bad-line 1:2'],
  ['no last byte', '00001000 : x\n', 'bad-line 1:9'],
  ['no digits after the dash', '00001000- : x\n', 'bad-line 1:10'],
  ['no blank before the colon', '00001000-00001fff: x\n', 'bad-line 1:18'],
  ['a carriage return', `${RAM}00100000-001fffff : System RAM\r\n`, 'bad-line 2:31'],
  ['a NUL', `${RAM}00100000\0`, 'not-text 2:9'],
  ['a digit lost in the first byte', '0001000-00001fff : x\n', 'bad-line 1:1'],
  ['a digit lost in the last byte', '00001000-0001fff : x\n', 'bad-line 1:10'],
  ['a digit too many', '000001000-00001fff : x\n', 'bad-line 1:1'],
  ['nine digits that are needed', '100000000-1ffffffff : x\n', 'read'],
  ['one byte is a range', '00001000-00001000 : x\n', 'read'],
  ['last below first', '00001000-00000fff : x\n', 'bad-range 1:10'],
  ['the highest address', '1fffffffffffff-1fffffffffffff : x\n', 'read'],
  ['a last byte of 2^53', '00001000-20000000000000 : x\n', 'beyond-2-53 1:10'],
  ['a first byte of 2^53', '20000000000000-20000000000000 : x\n', 'beyond-2-53 1:1'],
  ['a first byte of 2^64 and more', '10000000000000000-10000000000000001 : x\n', 'beyond-2-53 1:1'],
  ['siblings that touch', '00001000-00001fff : x\n00002000-00002fff : y\n', 'read'],
  ['siblings that share a byte', '00001000-00002000 : x\n00002000-00002fff : y\n', 'overlapping 2:1'],
  ['siblings that descend', '00002000-00002fff : x\n00001000-00001fff : y\n', 'not-ascending 2:1'],
  ['the same line twice', RAM + RAM, 'overlapping 2:1'],
  ['a child that fills its parent', '00001000-00001fff : x\n  00001000-00001fff : y\n', 'read'],
  ['a child one byte below', '00001000-00001fff : x\n  00000fff-00001fff : y\n', 'bad-nesting 2:3'],
  ['a child one byte above', '00001000-00001fff : x\n  00001000-00002000 : y\n', 'bad-nesting 2:3'],
  ['two levels at once', '00001000-00001fff : x\n    00001000-00001fff : y\n', 'bad-nesting 2:5'],
  ['one space', '00001000-00001fff : x\n 00001000-00001fff : y\n', 'bad-nesting 2:2'],
  ['a first line that is nested', '  00001000-00001fff : x\n', 'bad-nesting 1:3'],
  ['no newline at the end of a complete line', RAM.trimEnd(), 'read'],
  ['cut in the first byte', `${RAM}0010`, 'truncated-line 2:5'],
  ['cut after the dash', `${RAM}00100000-`, 'truncated-line 2:10'],
  ['cut in the last byte', `${RAM}00100000-001f`, 'truncated-line 2:14'],
  ['cut in the separator', `${RAM}00100000-001fffff :`, 'truncated-line 2:20'],
  ['cut before the name', `${RAM}00100000-001fffff : `, 'truncated-line 2:21'],
  ['cut in the indentation', `${RAM}  `, 'truncated-line 2:3'],
  ['wrong, not cut, at the end', `${RAM}0010 0000`, 'bad-line 2:5'],
  ['an empty name on a whole line', '00001000-00001fff : \n', 'read'],
  [
    'all zero, as without privileges',
    '00000000-00000000 : x\n  00000000-00000000 : y\n',
    'masked-addresses 1:1',
  ],
  ['all zero, cut in the middle', '00000000-00000000 : x\n0000', 'truncated-line 2:5'],
  ['one zero line among others', `00000000-00000000 : x\n${RAM}`, 'read'],
  ['a line at the limit', `${RAM.trimEnd().padEnd(MAX_LINE, 'x')}\n`, 'read'],
  ['a line over the limit', `${RAM.trimEnd().padEnd(MAX_LINE + 1, 'x')}\n`, 'bad-line 1:1'],
  ['a text over the limit', ' '.repeat(MAX_TEXT + 1), 'too-large -:-'],
])('%s', (_why, text, want) => {
  expect(refused(readIomem(text))).toBe(want)
})

describe('the depths where kernels stop to indent', () => {
  const nested = (depths: readonly number[]) =>
    depths
      .map((depth, i) => `${'  '.repeat(depth)}00001000-0000${(15 - i).toString(16)}fff : level ${i}\n`)
      .join('')

  test.each<[why: string, depths: number[], want: string]>([
    ['5: what lies deeper stands beside its parent', [0, 1, 2, 3, 4, 5, 5], 'read'],
    ['4: nested lines must be indented', [0, 1, 2, 3, 4, 4], 'overlapping 6:9'],
    ['8: what lies deeper stands beside its parent', [0, 1, 2, 3, 4, 5, 6, 7, 8, 8], 'read'],
    ['9: no kernel prints it', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'bad-nesting 10:19'],
  ])('%s', (_why, depths, want) => {
    const result = readIomem(nested(depths))
    expect(refused(result)).toBe(want)
    if (result.ok) expect(renderIomem(result.value)).toBe(nested(depths))
  })
})

const hex = (n: number) => n.toString(16).padStart(16, '0')
test.each<[file: string, read: (text: string) => Parameters<typeof refused>[0], line: (i: number) => string]>(
  [
    ['iomem', readIomem, (i) => `${hex(i * 2).slice(-8)}-${hex(i * 2 + 1).slice(-8)} : x`],
    [
      'firmware-memmap',
      readFirmwareMap,
      (i) => `${i} 0x${(i * 2).toString(16)} 0x${(i * 2 + 1).toString(16)} x`,
    ],
    [
      'memblock-memory',
      (text) => readMemblock(text, 'memblock-memory'),
      (i) => `${String(i).padStart(4)}: 0x${hex(i * 4096)}..0x${hex(i * 4096 + 1)}`,
    ],
  ],
)('%s: the number of rows has a limit, at which reading still works', (_file, read, line) => {
  const rows = (count: number) => Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
  expect(read(rows(MAX_ROWS)).ok).toBe(true)
  expect(refused(read(rows(MAX_ROWS + 1)))).toBe(`too-many-lines ${MAX_ROWS + 1}:1`)
})

test.each<[why: string, noise: string, want: string]>([
  ['of one character', 'x'.repeat(10_000_000), 'bad-line 1:1'],
  ['of digits', '0'.repeat(10_000_000), 'bad-line 1:1'],
  ['of newlines', '\n'.repeat(10_000_000), 'bad-line 1:1'],
  ['after a good line', RAM + 'noise '.repeat(1_700_000), 'bad-line 2:1'],
])('10 MB of noise %s is refused at its first line, and quoted short', (_why, noise, want) => {
  const result = readIomem(noise)
  expect(refused(result)).toBe(want)
  if (!result.ok) expect(result.error.found.length).toBeLessThanOrEqual(80)
})

/** A tree of at most five levels: cuts of the address space, then cuts inside those. */
function entriesIn(start: number, last: number, cuts: readonly number[], depth: number): IomemEntry[] {
  const bounds = [...new Set(cuts.map((cut) => start + Math.floor((last - start) * cut)))].sort(
    (a, b) => a - b,
  )
  const entries: IomemEntry[] = []
  for (let i = 0; i + 1 < bounds.length; i += 2) {
    const own = range(bounds[i] as number, bounds[i + 1] as number)
    const children = depth < 4 ? entriesIn(own.start, own.last, cuts.slice(i), depth + 1) : []
    entries.push({ range: own, name: `entry ${depth} : ${i}`, children })
  }
  return entries
}

const trees = fc
  .tuple(
    fc.integer({ min: 1, max: 2 ** 44 }),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 12 }),
  )
  .map(([size, cuts]) => entriesIn(1, 1 + size, cuts, 0))
  .filter((entries) => entries.length > 0)

test('rendering a tree and reading it again gives the tree', () => {
  fc.assert(
    fc.property(trees, (entries) => {
      expect(readable(readIomem(renderIomem(entries)))).toEqual(entries)
    }),
  )
})

test('no text makes it throw, and each refusal names a place or the whole file', () => {
  const pieces = fc.constantFrom(
    '0',
    'f',
    '-',
    ' : ',
    ' ',
    '  ',
    '\n',
    'System RAM',
    'x',
    '\r',
    '\0',
    '00001000',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((parts) => parts.join('')),
      ),
      (text) => {
        const result = readIomem(text)
        if (result.ok) expect(readable(readIomem(renderIomem(result.value)))).toEqual(result.value)
        else expect(refused(result)).toMatch(/^[a-z0-9-]+ (-:-|\d+:\d+)$/)
      },
    ),
    { numRuns: 1000 },
  )
})
