import { expect, test } from 'vitest'
import { contains, overlaps } from '../../../src/planner/bytes/range.ts'
import { bookable, memoryMap, rangeOfSize, type Snapshot } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { snapshotOf } from '../host.ts'

const booted = snapshotOf(loadCapture('arm64-uefi-acpi-2g-exec-k612-host2'))
/** The GIC's tables of this host: 64 KiB each, one of them reserved by itself. */
const TABLE = 0x10000

test.each<[why: string, snapshot: Snapshot, trees: string[]]>([
  ['one reservation has its size', booted, ['be400000']],
  ['none has', { ...booted, fdtSize: 0x332 }, []],
  ['its size is not known', { ...booted, fdtSize: null }, []],
  [
    'two have: either could be something else',
    reserving(booted, { start: 0x50000000, last: 0x50000330 }),
    [],
  ],
  [
    'the one that has is a table that hardware writes to',
    { ...withoutReserved(booted, 0x40050000), fdtSize: TABLE },
    [],
  ],
])('the device tree of the running kernel shows itself by its size: %s', (_why, snapshot, trees) => {
  expect(memoryMap(snapshot).runningTree.map((r) => r.start.toString(16))).toEqual(trees)
})

test.each<[why: string, snapshot: Snapshot, free: boolean]>([
  ['memblock has let it go, and iomem alone still lists it', booted, true],
  ['there is no memblock to tell', { ...booted, memblock: null }, false],
])('where the running kernel was handed its initrd may be booked when %s', (_why, snapshot, free) => {
  const initrd = rangeOfSize(0x40aa0000, 0x25d000)
  const strict = bookable(memoryMap(snapshot), 'strict')
  expect(strict.some((r) => contains(r, initrd))).toBe(free)
  if (!free) expect(strict.some((r) => overlaps(r, initrd))).toBe(false)
})

function reserving(snapshot: Snapshot, range: { start: number; last: number }): Snapshot {
  const { memory = [], reserved = [] } = snapshot.memblock ?? {}
  return {
    ...snapshot,
    memblock: { memory, reserved: [...reserved, { range: range as never, node: null, flags: null }] },
  }
}

function withoutReserved(snapshot: Snapshot, start: number): Snapshot {
  const { memory = [], reserved = [] } = snapshot.memblock ?? {}
  return { ...snapshot, memblock: { memory, reserved: reserved.filter((r) => r.range.start !== start) } }
}
