import { expect, test } from 'vitest'
import { addNode, addReservation, setProperty } from '../../../src/planner/read/fdt-edit.ts'
import { fdtMemory } from '../../../src/planner/read/fdt-memory.ts'
import type { Fdt } from '../../../src/planner/read/fdt.ts'
import { EMPTY_TREE as none } from './empty-tree.ts'

const cells = (...values: number[]) =>
  new Uint8Array(values.flatMap((v) => [v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]))
const text = (value: string) => new TextEncoder().encode(`${value}\0`)

/** A node `name` below `parent` with these properties. */
function withNode(fdt: Fdt, parent: string, name: string, properties: Record<string, Uint8Array>): Fdt {
  const path = `${parent === '/' ? '' : parent}/${name}`
  return Object.entries(properties).reduce(
    (tree, [property, value]) => setProperty(tree, path, property, value),
    addNode(fdt, parent, name),
  )
}

const wide = { '#address-cells': cells(2), '#size-cells': cells(2) }
const root = Object.entries(wide).reduce((tree, [name, value]) => setProperty(tree, '/', name, value), none)
const memory = { device_type: text('memory'), reg: cells(0, 0x40000000, 0, 0x1000) }
const reserving = withNode(root, '/', 'reserved-memory', wide)
const carved = { reg: cells(0, 0x40000000, 0, 0x1000) }

test.each<[why: string, fdt: Fdt, memory: [start: number, last: number][]]>([
  ['an empty tree has none', root, []],
  ['two cells each', withNode(root, '/', 'memory@0', memory), [[0x40000000, 0x40000fff]]],
  [
    'a list of two',
    withNode(root, '/', 'memory@0', { ...memory, reg: cells(0, 0, 0, 16, 1, 0, 0, 16) }),
    [
      [0, 15],
      [0x100000000, 0x10000000f],
    ],
  ],
  [
    'cells that the tree does not give are two and one',
    withNode(none, '/', 'memory@0', { ...memory, reg: cells(0, 0x1000, 0x2000) }),
    [[0x1000, 0x2fff]],
  ],
  ['what its name says is no type', withNode(root, '/', 'memory@0', { reg: memory.reg }), []],
  ['one that is off', withNode(root, '/', 'memory@0', { ...memory, status: text('disabled') }), []],
  [
    'one that says it is on',
    withNode(root, '/', 'memory@0', { ...memory, status: text('okay') }),
    [[0x40000000, 0x40000fff]],
  ],
  ['an empty one', withNode(root, '/', 'memory@0', { ...memory, reg: cells(0, 0, 0, 0) }), []],
  ['half a pair', withNode(root, '/', 'memory@0', { ...memory, reg: cells(0, 0x1000, 0) }), []],
  [
    'an address beyond any machine',
    withNode(root, '/', 'memory@0', { ...memory, reg: cells(0x200000, 0, 0, 1) }),
    [],
  ],
  [
    'cells that no number has room for',
    withNode(setProperty(root, '/', '#size-cells', cells(3)), '/', 'memory@0', memory),
    [],
  ],
])('memory: %s', (_why, fdt, expected) => {
  expect(fdtMemory(fdt).memory.map((r) => [r.start, r.last])).toEqual(expected)
})

test.each<[why: string, fdt: Fdt, reserved: string[]]>([
  ['an empty tree reserves nothing', root, []],
  ['a node at a fixed place', withNode(reserving, '/reserved-memory', 'fw@0', carved), ['fw@0 40000000']],
  [
    'without mapping, the same',
    withNode(reserving, '/reserved-memory', 'fw@0', { ...carved, 'no-map': new Uint8Array(0) }),
    ['fw@0 40000000'],
  ],
  [
    'a pool that the kernel may use meanwhile',
    withNode(reserving, '/reserved-memory', 'cma@0', { ...carved, reusable: new Uint8Array(0) }),
    [],
  ],
  [
    'one that the kernel places',
    withNode(reserving, '/reserved-memory', 'x', { size: cells(0, 0x1000) }),
    [],
  ],
  [
    'one that is off',
    withNode(reserving, '/reserved-memory', 'x', { ...carved, status: text('disabled') }),
    [],
  ],
  ['the list', addReservation(root, 0x5000, 0x1000), ['/memreserve/ 5000']],
])('reserved: %s', (_why, fdt, expected) => {
  expect(fdtMemory(fdt).reserved.map((r) => `${r.name} ${r.range.start.toString(16)}`)).toEqual(expected)
})
