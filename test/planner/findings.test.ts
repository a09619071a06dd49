import { expect, test } from 'vitest'
import { findingsOf } from '../../src/planner/index.ts'
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
