import { expect, test } from 'vitest'
import { overlaps, range } from '../../src/planner/bytes/range.ts'
import { findingsOf, memoryMap, type CaptureFiles } from '../../src/planner/index.ts'
import { bookable } from '../../src/planner/memory/views.ts'
import { loadCapture } from '../capture.ts'
import { snapshotOf, x86Host } from './host.ts'

test.each<[why: string, capture: string, codes: string[], loaders: string[]]>([
  [
    'nothing reserves the LPI tables: both would book them',
    'arm64-dt-1g',
    ['books-hazard', 'books-hazard'],
    ['kexec_file', 'kexec-tools'],
  ],
  ['UEFI reserves them: nobody would', 'arm64-uefi-acpi-2g', [], []],
  ['without GICv3 there are none', 'arm64-dt-1g-gicv2-k612', [], []],
])('%s', (_why, capture, codes, loaders) => {
  const found = findingsOf(snapshotOf(loadCapture(capture))).filter((f) => f.code === 'books-hazard')
  expect(found.map((f) => f.code)).toEqual(codes)
  expect(found.map((f) => f.sentence.split(' ')[0])).toEqual(loaders)
  for (const f of found) expect([f.severity, f.ranges.length > 0]).toEqual(['error', true])
})

test.each<[why: string, type: string, want: number]>([
  ['firmware keeps what iomem calls System RAM: kexec_file would book it', 'ACPI Tables', 1],
  ['both call it System RAM', 'System RAM', 0],
])('%s', (_why, type, want) => {
  const host = x86Host('00100000-1fffffff : System RAM\n', {
    'firmware-memmap': `0 0x100000 0xfffffff System RAM\n1 0x10000000 0x1fffffff ${type}\n`,
  })
  const found = findingsOf(host).filter((f) => f.code === 'books-protected')
  expect(found.map((f) => f.sentence.split(' ')[0])).toEqual(want ? ['kexec_file'] : [])
})

/** What findings say of the tree: `code start-last …`. */
const ofTree = (files: CaptureFiles): string[] =>
  findingsOf(snapshotOf(files))
    .filter((f) => f.code.startsWith('tree-') || f.code === 'books-protected')
    .map((f) => [f.code, ...f.ranges.map((r) => `${r.start.toString(16)}-${r.last.toString(16)}`)].join(' '))

const DT = loadCapture('arm64-dt-1g')
const withMemory = (lists: string): CaptureFiles => ({ ...DT, 'memblock-memory': lists })

test.each<[why: string, files: CaptureFiles, findings: string[]]>([
  ['tree and memblock agree', DT, []],
  [
    'the kernel was told to leave memory',
    withMemory('   0: 0x0000000040000000..0x000000005fffffff'),
    ['tree-has-more 60000000-7fffffff'],
  ],
  [
    'memory was plugged in',
    withMemory('   0: 0x0000000040000000..0x000000008fffffff'),
    ['tree-has-less 80000000-8fffffff'],
  ],
  ['UEFI gave the memory: the tree has no say', loadCapture('arm64-uefi-dt-4g'), []],
  [
    'the tree reserves what went away with the initrd: kexec_file would book it',
    loadCapture('arm64-dt-1g-fragment'),
    ['books-protected 48001000-48003fff'],
  ],
  [
    'an initrd that the list reserves is for the running kernel alone',
    loadCapture('arm64-uefi-acpi-2g-exec-k612-host2'),
    [],
  ],
])('device tree: %s', (_why, files, findings) => {
  expect(ofTree(files)).toEqual(findings)
})

test('a pinned plan keeps off what the tree reserves and memblock has let go', () => {
  const snapshot = snapshotOf(loadCapture('arm64-dt-1g-fragment'))
  const free = bookable(memoryMap(snapshot), 'strict')
  const walked = bookable(memoryMap(snapshot), 'memblock')
  const node = range(0x48001000, 0x48003fff)
  expect(free.some((r) => overlaps(r, node))).toBe(false)
  expect(walked.some((r) => overlaps(r, node))).toBe(true)
})
