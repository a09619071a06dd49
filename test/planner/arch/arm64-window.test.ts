import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  kexecBuf,
  locateHole,
  range,
  rangeOfSize,
  renderIomem,
  renderMemblock,
  type Range,
} from '../../../src/planner/index.ts'
import { loadCapture } from '../../capture.ts'
import { plan, snapshotOf } from '../host.ts'
import { arm64Head } from '../image/headers.ts'

const MIB = 0x100000
const GIB = 0x40000000
const IMAGE = 6 * MIB
const { fdt } = loadCapture('arm64-dt-1g')

/** What the planner chooses over these ranges of free memory: kernel and initrd; null where it refuses. */
function chosen(ranges: readonly Range[], initrdSize: number): [number, number] | null {
  const snapshot = snapshotOf({
    uname: 'Linux host 6.12.0-arm64 #1 SMP aarch64 GNU/Linux',
    iomem: renderIomem(ranges.map((r) => ({ range: r, name: 'System RAM', children: [] }))),
    'memblock-memory': renderMemblock(ranges.map((r) => ({ range: r, node: 0, flags: [] }))),
    'memblock-reserved': '',
    meminfo: 'MemTotal: 67108864 kB\n',
    ...(fdt ? { fdt } : {}),
  })
  const kernel = { head: arm64Head({ imageSize: BigInt(IMAGE) }), size: IMAGE }
  const made = plan(snapshot, { kernel, initrdSize, strategy: 'kexec_file' })
  if (!made.ok) return null
  const at = (kind: string) => Number(made.value.segments.find((s) => s.kind === kind)?.mem)
  return [at('kernel'), at('initrd')]
}

/** The rule without any shortcut: every kernel in turn, each with its own window for the initrd. */
function oneByOne(ranges: readonly Range[], initrdSize: number): [number, number] | null {
  for (let min = 0; ;) {
    const kernelBuf = kexecBuf({ kind: 'kernel', bufsz: IMAGE, align: 2 * MIB, min, topDown: false }, 4096)
    const kernel = locateHole(kernelBuf, ranges, [], 'last-memsz+1')
    if (!kernel.ok) return null
    min = kernel.value + IMAGE
    const max = kernel.value - (kernel.value % GIB) + 32 * GIB
    const initrdBuf = kexecBuf({ kind: 'initrd', bufsz: initrdSize, min, max, topDown: false }, 4096)
    const taken = [rangeOfSize(kernel.value, IMAGE)]
    const initrd = locateHole(initrdBuf, ranges, taken, 'last-memsz+1')
    if (!initrd.ok) continue
    const dtbBuf = kexecBuf({ kind: 'dtb', bufsz: 4096, align: 2 * MIB, min, topDown: true }, 4096)
    const both = [...taken, rangeOfSize(initrd.value, initrdSize)]
    if (locateHole(dtbBuf, [...ranges].reverse(), both, 'last-memsz').ok) return [kernel.value, initrd.value]
  }
}

const hole = (gib: number, mib: number) => rangeOfSize(gib * GIB, mib * MIB)

test.each<[why: string, ranges: Range[], want: [gib: number, gib: number] | null]>([
  ['beside the kernel', [hole(1, 128)], [1, 1]],
  ['the initrd at the end of the window', [hole(1, 8), hole(32, 128)], [1, 32]],
  ['beyond it: a kernel of another gigabyte', [hole(1, 8), hole(7, 8), hole(8, 8), hole(39, 128)], [8, 39]],
  ['ending a byte above the last window', [hole(1, 8), hole(8, 8), hole(40, 64)], null],
  ['the window that reaches so far needs no more', [hole(8, 8), hole(9, 8), hole(39, 128)], [8, 39]],
  ['nowhere large enough', [hole(1, 8), hole(2, 63), hole(3, 63)], null],
  ['large enough only below every kernel', [hole(1, 65), hole(2, 2)], null],
])('a small kernel and an initrd of 64 MiB: %s', (_why, ranges, want) => {
  const found = chosen(ranges, 64 * MIB)
  expect(found && found.map((at) => Math.floor(at / GIB))).toEqual(want)
  expect(found).toEqual(oneByOne(ranges, 64 * MIB))
})

test('over random memory the planner takes what trying every kernel in turn would take', () => {
  const pieces = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 * 256 }), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 10,
  })
  let moved = 0
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 80 }), (parts, initrdMib) => {
      let at = GIB
      const ranges = parts.map(([gap, size]) => {
        const start = at + gap * 4 * MIB
        at = start + size * 4 * MIB
        return range(start, at - 1)
      })
      const want = oneByOne(ranges, initrdMib * MIB)
      if (want && want[0] > (ranges[0] as Range).last) moved++
      expect(chosen(ranges, initrdMib * MIB)).toEqual(want)
    }),
    { numRuns: 500, seed: 5 },
  )
  expect(moved).toBeGreaterThan(5)
})
