import { expect, test } from 'vitest'
import { sha256 } from '../../src/agent/sha256.ts'
import { load, unload, type KexecSegment } from '../../src/machine/index.ts'
import { read } from '../../src/machine/memory.ts'
import { range, type CaptureFiles } from '../../src/planner/index.ts'
import { smallMachine } from './host.ts'

const PAGE = 0x1000
const HALF = 0x20000000

function segment(mem: number, memsz = PAGE, bufsz = Math.min(memsz, 16)): KexecSegment {
  return { kind: 'kernel', mem, memsz, bytes: new Uint8Array(bufsz).fill(7) }
}

function loadAll(segments: KexecSegment[]) {
  return load(smallMachine(), { segments, entry: segments[0]?.mem ?? 0, dtb: null }, sha256)
}

const many = (n: number): KexecSegment[] =>
  Array.from({ length: n }, (_, i) => segment(0x41000000 + i * PAGE))

test.each<[why: string, segments: KexecSegment[], code: string, index: number | null]>([
  ['nothing at all', [], 'no-segments', null],
  ['one segment too many', many(17), 'too-many-segments', 16],
  ['past the last address', [segment(2 ** 53 - PAGE)], 'wrapped', 0],
  ['no bytes reserved', [segment(0x41000000, 0)], 'wrapped', 0],
  ['a start off the page', [segment(0x41000800)], 'misaligned', 0],
  ['a size off the page', [segment(0x41000000, 0x1800)], 'misaligned', 0],
  ['one page below RAM', [segment(0x3ffff000)], 'outside-usable-memory', 0],
  ['into the firmware hole by a page', [segment(0x5ffff000, 2 * PAGE)], 'outside-usable-memory', 0],
  ['over the segment before by a page', [segment(0x41000000, 2 * PAGE), segment(0x41001000)], 'overlap', 1],
  ['one byte more than is reserved', [segment(0x41000000, PAGE, PAGE + 1)], 'bufsz-over-memsz', 0],
  [
    'together over half of RAM',
    [segment(0x40000000, HALF - PAGE), segment(0x60100000, 2 * PAGE)],
    'over-half-of-ram',
    null,
  ],
])('load refuses %s', (_why, segments, code, index) => {
  expect(loadAll(segments)).toMatchObject({ ok: false, error: { code, segment: index } })
})

test.each<[why: string, segments: KexecSegment[]]>([
  ['as many segments as there may be', many(16)],
  ['the first page of RAM', [segment(0x40000000)]],
  ['the last page before the firmware hole', [segment(0x5ffff000)]],
  ['segments that touch', [segment(0x41000000), segment(0x41001000)]],
  ['as many bytes as are reserved', [segment(0x41000000, PAGE, PAGE)]],
  ['exactly half of RAM', [segment(0x40000000, HALF)]],
  ['memory that the running kernel holds', [segment(0x40210000)]],
  ['a firmware table in System RAM: the kernel does not look', [segment(0x50000000)]],
])('load takes %s', (_why, segments) => {
  expect(loadAll(segments)).toMatchObject({ ok: true })
})

test('one segment over half of RAM, where RAM is in one piece', () => {
  const machine = smallMachine({ meminfo: 'MemTotal: 8192 kB\n' })
  const image = (memsz: number) => ({ segments: [segment(0x41000000, memsz)], entry: 0x41000000, dtb: null })
  expect(load(machine, image(0x400000), sha256)).toMatchObject({ ok: true })
  expect(load(machine, image(0x401000), sha256)).toMatchObject({
    ok: false,
    error: { code: 'over-half-of-ram', segment: 0 },
  })
})

test('load only books: nothing lies at the destination before the jump', () => {
  const machine = smallMachine()
  const before = read(machine.memory, range(0x50000000, 0x50000fff)).slice()
  const loaded = load(machine, { segments: [segment(0x50000000)], entry: 0x50000000, dtb: null }, sha256)
  expect(loaded).toMatchObject({
    ok: true,
    value: { segments: [{ mem: 0x50000000, bufsz: 16, memsz: PAGE }] },
  })
  expect(read(machine.memory, range(0x50000000, 0x50000fff))).toEqual(before)
})

test('a refused load leaves what was booked before; unload drops it', () => {
  const machine = smallMachine()
  load(machine, { segments: [segment(0x41000000)], entry: 0x41000000, dtb: null }, sha256)
  load(machine, { segments: [segment(0x41000800)], entry: 0x41000800, dtb: null }, sha256)
  expect(machine.loaded?.segments[0]?.mem).toBe(0x41000000)
  unload(machine)
  expect(machine.loaded).toBeNull()
})

test.each<[why: string, files: CaptureFiles, allowed: boolean]>([
  ['kexec is switched off', { 'kexec-limits': 'kexec_load_disabled 1\n' }, false],
  ['kexec is not switched off', { 'kexec-limits': 'kexec_load_disabled 0\n' }, true],
  ['the kernel is locked down', { lockdown: 'none [integrity]\n' }, false],
])('load is permitted or not: %s', (_why, files, allowed) => {
  const image = { segments: [segment(0x41000000)], entry: 0x41000000, dtb: null }
  const loaded = load(smallMachine(files), image, sha256)
  expect(loaded.ok ? 'loaded' : loaded.error.code).toBe(allowed ? 'loaded' : 'not-permitted')
})
