import fc from 'fast-check'
import { expect, test } from 'vitest'
import { putU32be, putU64be } from '../../../src/planner/bytes/endian.ts'
import { fdtBytes, packedSize } from '../../../src/planner/read/fdt-bytes.ts'
import { addNode, addReservation, setProperty } from '../../../src/planner/read/fdt-edit.ts'
import {
  fdtNode,
  fdtNumber,
  fdtProperty,
  fdtString,
  readFdt,
  type FdtNode,
} from '../../../src/planner/read/fdt.ts'
import { EMPTY_TREE as EMPTY } from './empty-tree.ts'
import { readable, refused } from './refused.ts'

const cell = Uint8Array.of(0, 0, 0, 2)
/** header 40, one reservation and its terminator 32, root at 72, its property at 80, `chosen` at 96. */
const SMALL = fdtBytes(
  setProperty(addNode(addReservation(EMPTY, 0x1000, 0x2000), '/', 'chosen'), '/', 'cells', cell),
)

function changed(at: number, value: number): Uint8Array {
  const blob = SMALL.slice()
  putU32be(blob, at, value)
  return blob
}

/** The small tree, with bytes behind it. */
function padded(size: number): Uint8Array {
  const blob = new Uint8Array(size)
  blob.set(SMALL)
  return blob
}

test('reads what was written', () => {
  const fdt = readable(readFdt(SMALL))
  expect(fdt.reservations).toEqual([{ start: 0x1000, size: 0x2000 }])
  expect(fdt.root.children.map(({ name }) => name)).toEqual(['chosen'])
  expect(fdtProperty(fdt.root, 'cells')).toEqual(cell)
  expect(fdtProperty(fdt.root, 'cell')).toBeNull()
  expect(fdt.padding).toBe(0)
})

test.each<[why: string, blob: Uint8Array, want: string]>([
  ['no bytes', new Uint8Array(0), 'bad-blob -:0'],
  ['one byte less than a header', SMALL.slice(0, 39), 'bad-blob -:0'],
  ['another magic', changed(0, 0xd00dfeee), 'bad-blob -:0'],
  ['larger than the blob', changed(4, SMALL.length + 1), 'bad-blob -:4'],
  ['cut by a byte', SMALL.slice(0, -1), 'bad-blob -:4'],
  ['trailing bytes behind the tree, as a kernel leaves them', new Uint8Array([...SMALL, 0, 0]), 'read'],
  ['as large as a kernel takes it', padded(2 * 1024 * 1024), 'read'],
  ['one byte larger', padded(2 * 1024 * 1024 + 1), 'too-large -:0'],
  ['structure off its border', changed(8, 73), 'bad-blob -:8'],
  ['structure behind the blob', changed(8, 0xfffffffc), 'bad-blob -:8'],
  ['structure over the end', changed(36, 0x80000000), 'bad-blob -:8'],
  ['strings behind the blob', changed(12, SMALL.length + 1), 'bad-blob -:12'],
  ['strings over the end', changed(32, 7), 'bad-blob -:12'],
  ['reservations off their border', changed(16, 44), 'bad-blob -:16'],
  ['reservations inside the header', changed(16, 32), 'bad-blob -:16'],
  ['version 15', changed(20, 15), 'bad-blob -:20'],
  ['version 16: the header tells no structure size', changed(20, 16), 'read'],
  ['readable only by version 18', changed(24, 18), 'bad-blob -:24'],
  ['a reservation of 2^53', changed(40, 0x200000), 'beyond-2-53 -:40'],
  ['no final reservation', new Uint8Array(SMALL).fill(1, 56, SMALL.length), 'beyond-2-53 -:56'],
  ['an unknown tag', changed(72, 5), 'bad-blob -:72'],
  ['a property outside a node', changed(72, 3), 'bad-blob -:72'],
  ['a value over the end', changed(84, 0x7fffffff), 'bad-blob -:84'],
  ['a name outside the strings', changed(88, 6), 'bad-blob -:88'],
  ['a name at the last NUL is empty, not outside', changed(88, 5), 'read'],
  ['the node below is not closed', changed(108, 4), 'bad-blob -:116'],
  ['one node closed too often', changed(96, 4), 'bad-blob -:100'],
  ['structure cut before its final tag', changed(36, 44), 'bad-blob -:116'],
])('%s', (_why, blob, want) => {
  expect(refused(readFdt(blob))).toBe(want)
})

test.each<[levels: number, want: string]>([
  [63, 'read'],
  [64, 'bad-blob -:568'],
])('%d levels below the root', (levels, want) => {
  let node: FdtNode = { name: 'x', properties: [], children: [] }
  for (let i = 1; i < levels; i++) node = { ...node, children: [node] }
  expect(refused(readFdt(fdtBytes({ ...EMPTY, root: { ...EMPTY.root, children: [node] } })))).toBe(want)
})

test('NOPs and what lies behind the final tag stay, as libfdt packs them', () => {
  const nops = { ...readable(readFdt(SMALL)), padding: 12 }
  expect(packedSize(nops)).toBe(SMALL.length + 12)
  expect(readable(readFdt(fdtBytes(nops))).padding).toBe(12)
})

test('finds nodes with and without their unit address', () => {
  const fdt = ['memory@40000000', 'memory@80000000']
    .toReversed()
    .reduce((tree, name) => addNode(tree, '/', name), EMPTY)
  expect(fdtNode(fdt, '/')).toBe(fdt.root)
  expect(fdtNode(fdt, '/memory')?.name).toBe('memory@40000000')
  expect(fdtNode(fdt, '/memory@80000000')?.name).toBe('memory@80000000')
  expect(fdtNode(fdt, '/memory@90000000')).toBeNull()
  expect(fdtNode(fdt, '/memory/none')).toBeNull()
})

test.each<[why: string, bytes: number[], at: number, cells: number, want: number | null]>([
  ['one cell', [0x80, 0, 0, 1], 0, 1, 0x80000001],
  ['two cells', [0, 0, 0, 1, 0x40, 0, 0, 0], 0, 2, 0x140000000],
  ['the second of two', [0, 0, 0, 1, 0x40, 0, 0, 0], 4, 1, 0x40000000],
  ['too short', [0, 0, 0, 1, 0x40, 0, 0], 0, 2, null],
  ['below 2^53', [0, 0x1f, 255, 255, 255, 255, 255, 255], 0, 2, 2 ** 53 - 1],
  ['2^53', [0, 0x20, 0, 0, 0, 0, 0, 0], 0, 2, null],
  ['no cells', [0, 0, 0, 1], 0, 0, null],
])('a number in cells: %s', (_why, bytes, at, cells, want) => {
  expect(fdtNumber(Uint8Array.from(bytes), at, cells)).toBe(want)
})

test('reads text up to its final NUL', () => {
  expect(fdtString(Uint8Array.of(0x61, 0x62, 0))).toBe('ab')
  expect(fdtString(Uint8Array.of(0x61, 0, 0x62, 0))).toBe('a\0b')
  expect(fdtString(new Uint8Array(0))).toBe('')
})

test('random bytes, and random changes of a tree, never make it throw', () => {
  const change = fc.tuple(fc.nat(SMALL.length - 1), fc.nat(255))
  const patched = fc.array(change, { maxLength: 6 }).map((changes) => {
    const blob = SMALL.slice()
    for (const [at, value] of changes) blob[at] = value
    return blob
  })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), patched), (blob) => {
      const result = readFdt(blob)
      expect(refused(result)).toMatch(/^(read|[a-z0-9-]+ -:\d+)$/)
      if (result.ok)
        expect(fdtBytes(readable(readFdt(fdtBytes(result.value))))).toEqual(fdtBytes(result.value))
    }),
    { numRuns: 2000 },
  )
})

test('a reservation at the limit of addresses is read', () => {
  const blob = SMALL.slice()
  putU64be(blob, 40, 2 ** 53 - 0x2001)
  expect(readable(readFdt(blob)).reservations[0]?.start).toBe(2 ** 53 - 0x2001)
})
