import { expect, test } from 'vitest'
import {
  bookable,
  bootGround,
  findingsOf,
  memoryMap,
  memoryText,
  planLoad,
  readSnapshot,
  type CaptureFiles,
  type PlanRequest,
  type Snapshot,
} from '../../src/planner/index.ts'
import { KERNEL, sha256, snapshotOf } from '../planner/host.ts'
import { fragmentedArm64, fragmentedX86, fullArm64 } from './fragmented.ts'
import { sideBySide, type Timing } from './measure.ts'

const SIZES = [10, 100, 1_000, 10_000, 100_000]
/** Rounds of all sizes side by side. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7)
/** What one step may take before its rounds are cut short. */
const SECONDS = 15
/** Small sizes are too quick to time once: as often as makes up for the size. */
const BATCH = 1_000

const HOSTS: readonly (readonly [name: string, files: (n: number) => CaptureFiles])[] = [
  ['arm64', fragmentedArm64],
  ['x86_64', fragmentedX86],
  ['arm64, nowhere a hole', fullArm64],
]

const STEPS: readonly (readonly [
  name: string,
  step: (files: CaptureFiles, snapshot: Snapshot) => unknown,
])[] = [
  ['read snapshot', (files) => readSnapshot(files)],
  ['memory map', (_, snapshot) => memoryMap(snapshot)],
  ['bookable strict', (_, snapshot) => bookable(memoryMap(snapshot), 'strict')],
  ['findings', (_, snapshot) => findingsOf(snapshot)],
  ['memory text', (_, snapshot) => memoryText(snapshot)],
  ['plan kexec_file', (_, snapshot) => planLoad(request(snapshot, 'kexec_file'), sha256)],
  ['plan kexec_tools', (_, snapshot) => planLoad(request(snapshot, 'kexec_tools'), sha256)],
  ['plan pinned', (_, snapshot) => planLoad(request(snapshot, 'pinned'), sha256)],
  ['refuse an initrd, kexec_file', (_, snapshot) => planLoad(tooLarge(snapshot), sha256)],
  [
    'plan pinned, 3 boots remembered',
    (_, snapshot) =>
      planLoad(
        {
          ...request(snapshot, 'pinned'),
          history: Array.from({ length: 3 }, () => bootGround(snapshot, [])),
        },
        sha256,
      ),
  ],
]

/** An initrd larger than every hole: all kernels are tried, and a smaller initrd is looked for. */
function tooLarge(snapshot: Snapshot): PlanRequest {
  return { ...request(snapshot, 'kexec_file'), initrdSize: 0x2800000 }
}

function request(snapshot: Snapshot, strategy: PlanRequest['strategy']): PlanRequest {
  return {
    snapshot,
    kernel: KERNEL[snapshot.arch],
    initrdSize: 0x400000,
    cmdline: 'root=/dev/sda1 nokaslr',
    purpose: 'reboot',
    strategy,
    pins: [],
    booted: [],
  }
}

test.each(HOSTS)('%s', (host, made) => {
  const inputs = SIZES.map((n) => {
    const files = made(n)
    return { n, files, snapshot: snapshotOf(files) }
  })
  for (const [name, step] of STEPS) {
    const timings = sideBySide(
      inputs.map(({ n, files, snapshot }) => () => {
        for (let left = Math.max(1, BATCH / n); left > 0; left--) step(files, snapshot)
      }),
      { rounds: ROUNDS, seconds: SECONDS },
    )
    console.log(lineOf(`${host}: ${name}`, timings))
    expect(timings.every(({ median }) => median > 0)).toBe(true)
  }
})

/** Median and MAD of each size, and how much dearer a range is at the largest than at 1,000. */
function lineOf(name: string, timings: readonly Timing[]): string {
  const each = timings.map(({ median, mad }, i) => {
    const n = SIZES[i] as number
    const times = Math.max(1, BATCH / n)
    return `${n}: ${short(median / times)} ± ${short(mad / times)} µs`
  })
  const perRange = (n: number) => (timings[SIZES.indexOf(n)]?.median ?? NaN) / Math.max(n, BATCH)
  const ratio = perRange(100_000) / perRange(1_000)
  return `${name}\n  ${each.join('  ')}\n  a range at 100,000 costs ${ratio.toFixed(2)} times one at 1,000`
}

function short(n: number): string {
  return n >= 100 ? Math.round(n).toLocaleString('en') : n.toFixed(1)
}
