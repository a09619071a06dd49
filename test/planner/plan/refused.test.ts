import { expect, test } from 'vitest'
import type { PlanRequest, Snapshot } from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { plan, snapshotOf, x86Host } from '../host.ts'
import { arm64Head, bzImageHead } from '../image/headers.ts'

const x86 = x86Host('00001000-0009fbff : System RAM\n00100000-bffdffff : System RAM\n')
const capture = loadCapture('arm64-dt-1g')
const arm64 = snapshotOf(capture)
const { 'memblock-memory': _memory, 'memblock-reserved': _reserved, ...withoutLists } = capture
const { fdt: _fdt, ...withoutTree } = capture

/** A host of 1 GiB, by its meminfo, with more room than that: only its half is in the way. */
const gib = x86Host('00001000-0009fbff : System RAM\n00100000-ffffffff : System RAM\n', {
  meminfo: 'MemTotal: 1048576 kB\n',
})
const HALF = 0x20000000
/** What all segments but the initrd fill; whole pages. */
const others = filled(0x1000) - 0x1000

function filled(initrdSize: number): number {
  const made = plan(gib, { initrdSize })
  if (!made.ok) throw new Error(made.error.detail)
  return made.value.segments.reduce((sum, s) => sum + s.memsz, 0)
}

const file: Partial<PlanRequest> = { strategy: 'kexec_file' }
const tools: Partial<PlanRequest> = { strategy: 'kexec_tools' }
const cmdline = (bytes: number): Partial<PlanRequest> => ({
  cmdline: 'x'.repeat(bytes),
  kernel: { head: bzImageHead({ cmdlineSize: 2047 }), size: 0x7d7200 },
})

test.each<[why: string, snapshot: Snapshot, asked: Partial<PlanRequest>, want: string]>([
  ['the architecture of the boot entry', arm64, { arch: 'arm64' }, 'planned'],
  ['another', arm64, { arch: 'x86_64' }, 'arch-mismatch'],
  ['an initrd of 4 GiB', x86, { initrdSize: 2 ** 32 }, 'initrd-too-large'],
  ['a byte less has no hole here', x86, { initrdSize: 2 ** 32 - 1 }, 'no-hole'],
  ['arm64 with its lists', arm64, file, 'planned'],
  ['arm64 without them', snapshotOf(withoutLists), file, 'memblock-missing'],
  ['pinned does without them', snapshotOf(withoutLists), {}, 'planned'],
  ['arm64 without a device tree', snapshotOf(withoutTree), file, 'fdt-missing'],
  ['kexec-tools without one', snapshotOf(withoutTree), tools, 'fdt-missing'],
  ['no reservation for a crash kernel', x86, { purpose: 'crash' }, 'no-crashkernel'],
  ['the longest command line', x86, cmdline(2047 - 31), 'planned'],
  ['a byte longer', x86, cmdline(2047 - 30), 'cmdline-too-long'],
  ['half of RAM', gib, { initrdSize: HALF - others }, 'planned'],
  ['a byte more takes a page more', gib, { initrdSize: HALF - others + 1 }, 'over-half-of-ram'],
  [
    'an image of the other architecture',
    x86,
    { kernel: { head: arm64Head({}), size: 0x5f3200 } },
    'kernel-other-arch',
  ],
  ['rules that are none', x86, { rules: 'x86_64/1.0' }, 'unknown-rules'],
])('%s', (_why, snapshot, asked, want) => {
  const made = plan(snapshot, asked)
  expect(made.ok ? 'planned' : made.error.code).toBe(want)
})
