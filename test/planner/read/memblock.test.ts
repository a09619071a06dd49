import fc from 'fast-check'
import { expect, test } from 'vitest'
import { range } from '../../../src/planner/bytes/range.ts'
import { readMemblock, renderMemblock, type MemblockRegion } from '../../../src/planner/read/memblock.ts'
import { readable, refused } from './refused.ts'

const OLD = '   0: 0x0000000040000000..0x000000005fffffff\n'
const NEW = '   0: 0x0000000040000000..0x000000005fffffff    0 NONE\n'
const second = (columns: string) => `   1: 0x0000000060000000..0x000000006fffffff${columns}\n`

test.each<[why: string, text: string, want: Pick<MemblockRegion, 'node' | 'flags'>]>([
  ['before 6.5 there are no columns', OLD, { node: null, flags: null }],
  ['no flags', NEW, { node: 0, flags: [] }],
  ['no node', NEW.replace('   0 NONE', '   x NONE'), { node: null, flags: [] }],
  ['a high node', NEW.replace('   0 NONE', '1023 NOMAP'), { node: 1023, flags: ['NOMAP'] }],
  ['two flags', NEW.replace('NONE', 'HOTPLUG|DRV_MNG'), { node: 0, flags: ['HOTPLUG', 'DRV_MNG'] }],
  [
    'flags of 6.16',
    NEW.replace('NONE', 'RSRV_KERN|KHO_SCRATCH'),
    { node: 0, flags: ['RSRV_KERN', 'KHO_SCRATCH'] },
  ],
])('%s', (_why, text, want) => {
  expect(readable(readMemblock(text, 'memblock-memory'))).toEqual([
    { range: range(0x40000000, 0x5fffffff), ...want },
  ])
  expect(renderMemblock(readable(readMemblock(text, 'memblock-memory')))).toBe(text)
})

test.each<[why: string, text: string, want: string]>([
  ['no index', '0x40000000..0x5fffffff\n', 'bad-line 1:2'],
  ['an index that does not begin at 0', second(''), 'bad-value 1:4'],
  ['an index that stands twice', OLD + OLD, 'bad-value 2:4'],
  ['no 0x', '   0: 40000000..5fffffff\n', 'bad-line 1:7'],
  ['a dash for dots', '   0: 0x40000000-0x5fffffff\n', 'bad-line 1:17'],
  ['no last byte', '   0: 0x40000000..\n', 'bad-line 1:19'],
  ['upper case', '   0: 0x4000000A..0x5fffffff\n', 'bad-line 1:16'],
  ['last below first', OLD.replace('5fffffff', '3fffffff'), 'bad-range 1:29'],
  ['the highest address', OLD.replace('000000005fffffff', '001fffffffffffff'), 'read'],
  ['2^53', OLD.replace('000000005fffffff', '0020000000000000'), 'beyond-2-53 1:29'],
  ['a digit lost in the first byte', OLD.replace('0x0000000040', '0x000000040'), 'bad-line 1:9'],
  ['a digit too many in the first byte', OLD.replace('0x0000000040', '0x00000000040'), 'bad-line 1:9'],
  ['a digit lost in the last byte', OLD.replace('5fffffff', '5ffffff'), 'bad-line 1:29'],
  ['a digit too many in the last byte', OLD.replace('5fffffff', '5ffffffff'), 'bad-line 1:29'],
  ['regions that touch', OLD + second(''), 'read'],
  ['regions that share a byte', OLD.replace('5fff', '6fff') + second(''), 'overlapping 2:9'],
  [
    'regions that descend',
    OLD.replace('40000000', '80000000').replace('5fff', '8fff') + second(''),
    'not-ascending 2:9',
  ],
  ['columns missing after a line that has them', NEW + second(''), 'bad-line 2:45'],
  ['columns after a line without', OLD + second('    0 NONE'), 'unknown-column 2:45'],
  ['a word for the node', NEW.replace('    0 NONE', ' node NONE'), 'unknown-column 1:46'],
  ['a negative node', NEW.replace('    0 NONE', '   -1 NONE'), 'unknown-column 1:48'],
  ['flags without a node', NEW.replace('    0 NONE', '      NONE'), 'unknown-column 1:51'],
  ['a node without flags', NEW.replace(' NONE', ''), 'bad-line 1:50'],
  ['text stuck to the node', NEW.replace('0 NONE', '0NONE'), 'unknown-column 1:50'],
  ['a flag that no kernel printed', NEW.replace('NONE', 'SECRET'), 'unknown-flag 1:51'],
  ['such a flag after a known one', NEW.replace('NONE', 'NOMAP|SECRET'), 'unknown-flag 1:57'],
  ['NONE beside a flag', NEW.replace('NONE', 'NOMAP|NONE'), 'unknown-flag 1:57'],
  ['an empty flag', NEW.replace('NONE', 'NOMAP|'), 'unknown-flag 1:57'],
  ['a further column', NEW.replace('NONE', 'NONE 7'), 'unknown-column 1:55'],
  ['a trailing blank', OLD.replace('\n', ' \n'), 'bad-line 1:46'],
  ['a carriage return', NEW.replace('\n', '\r\n'), 'bad-line 1:55'],
  ['a complete last line without newline', NEW.trimEnd(), 'read'],
  ['cut in the flag', NEW.slice(0, -2), 'truncated-line 1:54'],
  ['cut after the node', NEW + second('    0').trimEnd(), 'truncated-line 2:50'],
  ['cut after the range of the new layout', NEW + second('').trimEnd(), 'truncated-line 2:45'],
  ['cut in the last byte', OLD.slice(0, -4), 'truncated-line 1:42'],
  ['cut in the first byte', OLD.slice(0, 12), 'truncated-line 1:13'],
])('%s', (_why, text, want) => {
  expect(refused(readMemblock(text, 'memblock-memory'))).toBe(want)
})

test('only the list of reserved regions may be empty', () => {
  expect(readable(readMemblock('', 'memblock-reserved'))).toEqual([])
  expect(refused(readMemblock('', 'memblock-memory'))).toBe('empty-file -:-')
})

test('a refusal names the file that it was given', () => {
  const result = readMemblock('x', 'memblock-reserved')
  expect(!result.ok && result.error.file).toBe('memblock-reserved')
})

const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 36 }), fc.integer({ min: 1, max: 2 ** 36 })), {
  minLength: 1,
  maxLength: 40,
})
const columns = fc.record({
  node: fc.option(fc.nat(1023)),
  flags: fc.uniqueArray(fc.constantFrom('HOTPLUG', 'MIRROR', 'NOMAP', 'RSV_NIT', 'KHO_SCRATCH')),
})

test('rendering regions and reading them again gives the regions, in both layouts', () => {
  fc.assert(
    fc.property(
      steps,
      fc.array(columns, { minLength: 40, maxLength: 40 }),
      fc.boolean(),
      (gaps, columns, old) => {
        let next = 0
        const regions = gaps.map(([gap, size], i): MemblockRegion => {
          const own = range(next + gap, next + gap + size - 1)
          next = own.last + 1
          return {
            range: own,
            ...(old ? { node: null, flags: null } : (columns[i] as { node: number; flags: string[] })),
          }
        })
        expect(readable(readMemblock(renderMemblock(regions), 'memblock-memory'))).toEqual(regions)
      },
    ),
  )
})

test('no text makes it throw', () => {
  const pieces = fc.constantFrom(
    '   0: ',
    '   1: ',
    '0x',
    '40000000',
    '..',
    ' ',
    'x',
    '0',
    'NONE',
    '|',
    'NOMAP',
    '\n',
  )
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(refused(readMemblock(text, 'memblock-reserved'))).toMatch(/^(read|[a-z0-9-]+ (-:-|\d+:\d+))$/)
    }),
    { numRuns: 1000 },
  )
})
