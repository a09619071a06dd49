import { expect, test } from 'vitest'
import { packedSize } from '../../../src/planner/read/fdt-bytes.ts'
import {
  addNode,
  addReservation,
  deleteProperty,
  deleteReservation,
  setProperty,
} from '../../../src/planner/read/fdt-edit.ts'
import { fdtNode, fdtProperty, readFdt, type Fdt } from '../../../src/planner/read/fdt.ts'
import { EMPTY_TREE as none } from './empty-tree.ts'
import { loadCapture } from '../../capture.ts'
import { readable } from './refused.ts'

const base = setProperty(addNode(none, '/', 'chosen'), '/', 'linux,initrd-start', new Uint8Array(4))
const bytes = (n: number) => new Uint8Array(n)

test.each<[why: string, edited: Fdt, grows: number]>([
  ['a new property and a new name', setProperty(base, '/chosen', 'bootargs', bytes(4)), 12 + 4 + 9],
  [
    'a new property, a name that exists',
    setProperty(base, '/chosen', 'linux,initrd-start', bytes(4)),
    12 + 4,
  ],
  [
    'a new property, a name that is the tail of another',
    setProperty(base, '/chosen', 'start', bytes(4)),
    12 + 4,
  ],
  ['a head of another name is no tail', setProperty(base, '/chosen', 'linux', bytes(4)), 12 + 4 + 6],
  ['an empty value', setProperty(base, '/chosen', 'start', bytes(0)), 12],
  ['a value of 5 bytes takes 8', setProperty(base, '/chosen', 'start', bytes(5)), 12 + 8],
  ['an existing property that grows in place', setProperty(base, '/', 'linux,initrd-start', bytes(8)), 4],
  ['one that grows within its padding', setProperty(base, '/', 'linux,initrd-start', bytes(3)), 0],
  ['a deleted property; its name stays', deleteProperty(base, '/', 'linux,initrd-start'), -16],
  ['deleting what is not there', deleteProperty(base, '/', 'bootargs'), 0],
  ['a reservation', addReservation(base, 0x1000, 0x1000), 16],
  ['the same taken away', deleteReservation(addReservation(base, 0x1000, 0x1000), 0x1000, 0x1000), 0],
  ['a reservation of another size stays', deleteReservation(addReservation(base, 1, 2), 1, 3), 16],
  ['a node with a name of 3 bytes', addNode(base, '/chosen', 'abc'), 4 + 4 + 4],
  ['a node with a name of 4 bytes', addNode(base, '/chosen', 'abcd'), 4 + 8 + 4],
])('%s', (_why, edited, grows) => {
  expect(packedSize(edited) - packedSize(base)).toBe(grows)
})

test('an edit leaves the tree that it was given as it was', () => {
  const before = packedSize(base)
  const edited = setProperty(base, '/chosen', 'bootargs', bytes(4))
  expect(packedSize(base)).toBe(before)
  expect(fdtNode(base, '/chosen')?.properties).toEqual([])
  expect(fdtProperty(fdtNode(edited, '/chosen') ?? base.root, 'bootargs')).toEqual(bytes(4))
})

test('a new property is the first of its node, one that exists keeps its place', () => {
  const names = (fdt: Fdt) => fdt.root.properties.map(({ name }) => name)
  const two = setProperty(base, '/', 'compatible', bytes(4))
  expect(names(two)).toEqual(['compatible', 'linux,initrd-start'])
  expect(names(setProperty(two, '/', 'linux,initrd-start', bytes(8)))).toEqual(names(two))
})

test('there is no editing of a node that does not exist', () => {
  expect(() => setProperty(base, '/memory', 'reg', bytes(16))).toThrow('/memory')
})

test('undoing an edit of a real tree restores its size, but for the name', () => {
  const fdt = readable(readFdt(loadCapture('arm64-dt-1g').fdt ?? new Uint8Array(0)))
  const edited = setProperty(fdt, '/chosen', 'berth,test', bytes(100))
  expect(packedSize(edited)).toBe(packedSize(fdt) + 12 + 100 + 'berth,test'.length + 1)
  expect(packedSize(deleteProperty(edited, '/chosen', 'berth,test'))).toBe(
    packedSize(fdt) + 'berth,test'.length + 1,
  )
})
