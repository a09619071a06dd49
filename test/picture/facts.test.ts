import { describe, expect, test } from 'vitest'
import { diffPicture, mapFacts, stripFacts, stripPicture } from '../../src/picture/index.ts'
import { hex, memoryMap, bookable } from '../../src/planner/index.ts'
import { MapFacts, StripFacts } from '../../src/wire/map.ts'
import { captureNames } from '../capture.ts'
import { bareMap, bootOf, loadMap, pinsIn } from './subjects.ts'

describe('every capture', () => {
  test.each(captureNames())('%s', (name) => {
    const facts = mapFacts(bareMap(name))
    expect(MapFacts.parse(facts)).toEqual(facts)
    const free = bookable(memoryMap(bootOf(name)), 'strict').map(
      ({ start, last }) => `${hex(start)}-${hex(last)}`,
    )
    const usable = facts.lanes.find((lane) => lane.name === 'usable')?.cells ?? []
    expect(
      usable.filter((cell) => cell.class === 'free').map(({ range: r }) => `${r.start}-${r.last}`),
    ).toEqual(free)
  })
})

test('a refusal: what was wanted, each hole with what it lacks, and what would make it fit', () => {
  const facts = mapFacts(loadMap('arm64-dt-1g-fragment', 'kexec_file_toobig', 'kexec_file'))
  expect(MapFacts.parse(facts)).toEqual(facts)
  expect(facts.wanted).toEqual({
    kind: 'initrd',
    memsz: 209715200,
    align: 4096,
    min: '0x42a10000',
    max: '0x840000000',
    top_down: false,
  })
  expect(facts.refused).toHaveLength(23)
  expect(facts.refused[4]).toEqual({
    number: 5,
    range: { start: '0x50008000', last: '0x5c0fefff' },
    size: 202338304,
    code: 'too-small',
    sentence: 'too small, 7 MiB short',
    short: 7376896,
    by: null,
    between: { below: 'memory without mapping', above: 'memblock reserved' },
  })
  expect(facts.changes).toEqual(['An initrd smaller by 7376896 bytes, that is of 202338304, would fit.'])
})

test('a plan: each segment with its alignment and how it came to its place', () => {
  const facts = mapFacts(loadMap('x86_64-ovmf-4g', 'kexec_file', 'pinned'))
  expect(MapFacts.parse(facts)).toEqual(facts)
  const cells = facts.lanes.find(({ name }) => name === 'plan')?.cells ?? []
  expect(
    cells.filter(({ depth }) => depth === 1).map(({ label, badge, align }) => [label, badge, align]),
  ).toEqual([
    ['initrd', 'new', 4096],
    ['kernel', 'new', 2097152],
    ['boot_params', 'new', 4096],
    ['purgatory', 'new', 4096],
  ])
})

test('what a broken-up memory has in no place: who is in the way', () => {
  const facts = mapFacts(loadMap('x86_64-seabios-2g-crash-toobig', 'kexec_file_crash', 'kexec_file'))
  expect(MapFacts.parse(facts)).toEqual(facts)
  expect(facts.refused.map(({ code, by, sentence }) => [code, by?.what, sentence])).toEqual([
    ['taken', 'a segment placed before', 'in the way: a segment placed before at 0x77000000 (4 KiB)'],
  ])
})

test('a strip: what is free in all boots, in some, and in how many each pin was', () => {
  const boots = ['1', '2', '3'].map((n) => ({ name: n, snapshot: bootOf(`arm64-uefi-acpi-512m-kaslr${n}`) }))
  const { pins } = pinsIn(bootOf('arm64-uefi-acpi-512m-kaslr1'), bootOf('arm64-uefi-acpi-512m-kaslr2'))
  const moved = {
    ...pins[0],
    kind: 'initrd' as const,
    purpose: 'reboot' as const,
    mem: '0x5ffe8000',
    room: 0x1000,
    reason: '',
  }
  const facts = stripFacts(stripPicture({ boots, pins: [...pins, moved] }))
  expect(StripFacts.parse(facts)).toEqual(facts)
  expect(facts.unsteady).toEqual([{ start: '0x5ffe8000', last: '0x5ffe9fff', size: 8192, free_in: 1 }])
  expect(facts.pins.map(({ free_in }) => free_in)).toEqual([...pins.map(() => 3), 1])
  expect(facts.boots.map(({ same_hardware }) => same_hardware)).toEqual([true, true, true])
  expect(facts.sentence).toMatch(/^3 boots: .* 8 KiB only in some\. initrd at 0x5ffe8000: free in 1\.$/)
})

test('boots of other hardware say so', () => {
  const boots = ['arm64-dt-1g', 'arm64-dt-1g-fragment'].map((name) => ({ name, snapshot: bootOf(name) }))
  const { boots: told } = stripFacts(stripPicture({ boots }))
  expect(told.map(({ same_hardware }) => same_hardware)).toEqual([false, true])
})

test('a diff ties each line to what it has become', () => {
  const [before, after] = [bootOf('arm64-uefi-acpi-4g-boot1'), bootOf('arm64-uefi-acpi-4g-boot2')]
  const { panels } = diffPicture({ before, after })
  expect(panels.map(({ source }) => source)).toEqual(['iomem', 'memblock-reserved'])
  const moved = panels.flatMap(({ ties }) => ties.filter(({ kind }) => kind === 'moved'))
  expect(moved.map(({ name, before: b, after: a }) => `${name} ${hex(b.start)} ${hex(a.start)}`)).toContain(
    'Kernel code 0x7e100000 0xedb10000',
  )
  const same = panels.flatMap(({ ties }) => ties.filter(({ kind }) => kind === 'same'))
  expect(same.every(({ before: b, after: a }) => b === a)).toBe(true)
  expect(same.length).toBeGreaterThan(10)
})
