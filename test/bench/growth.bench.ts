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
import { KERNEL, sha256 } from '../planner/host.ts'
import {
  fragmentedArm64,
  fragmentedSnapshot,
  fragmentedX86,
  fullArm64,
  MOST_READ,
  type Made,
} from './fragmented.ts'
import { EFFORT, exponentOf, shown, sideBySide, type Timing } from './measure.ts'
import { SHORT } from './short.ts'

const SIZES = SHORT ? [10, 100, 1000] : [10, 100, 1_000, 10_000, 100_000]
/** From here on the ranges cost more than everything else of a plan. */
const LARGE = SHORT ? 10 : 1_000

const HOSTS: readonly (readonly [name: string, made: Made])[] = [
  ['arm64', fragmentedArm64],
  ['x86_64', fragmentedX86],
  ['arm64, nowhere a hole', fullArm64],
]

const STEPS: readonly (readonly [name: string, step: (snapshot: Snapshot) => unknown])[] = [
  ['memory map', (snapshot) => memoryMap(snapshot)],
  ['bookable strict', (snapshot) => bookable(memoryMap(snapshot), 'strict')],
  ['findings', (snapshot) => findingsOf(snapshot)],
  ['memory text', (snapshot) => memoryText(snapshot)],
  ['plan kexec_file', (snapshot) => planLoad(request(snapshot, 'kexec_file'), sha256)],
  ['plan kexec_tools', (snapshot) => planLoad(request(snapshot, 'kexec_tools'), sha256)],
  ['plan pinned', (snapshot) => planLoad(request(snapshot, 'pinned'), sha256)],
  ['refuse an initrd, kexec_file', (snapshot) => planLoad(tooLarge(snapshot), sha256)],
  [
    'plan pinned, 3 boots remembered',
    (snapshot) =>
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
  const readable = SIZES.filter((n) => n <= MOST_READ)
  const texts: readonly CaptureFiles[] = readable.map((n) => made(n))
  tell(
    `${host}: read snapshot`,
    readable,
    texts.map((files) => () => readSnapshot(files)),
  )
  const snapshots = SIZES.map((n) => fragmentedSnapshot(made, n))
  for (const [name, step] of STEPS) {
    // A copy of a snapshot is one that nothing was worked out of yet.
    tell(
      `${host}: ${name}`,
      SIZES,
      snapshots.map((snapshot) => () => step({ ...snapshot })),
    )
  }
})

function tell(name: string, sizes: readonly number[], things: readonly (() => unknown)[]): void {
  const timings = sideBySide(things, EFFORT)
  console.log(`${name}\n  ${growthOf(timings, sizes)}`)
  expect(timings.every(({ cpu }) => cpu > 0)).toBe(true)
}

/** What each size took, and how it grows with the number of ranges. */
function growthOf(timings: readonly Timing[], sizes: readonly number[]): string {
  const points = timings.map(({ cpu }, i) => ({ size: sizes[i] as number, time: cpu }))
  const each = points.map(({ size, time }) => `${size}: ${shown(time)} µs CPU`)
  const exponent = exponentOf(points.filter(({ size }) => size >= LARGE))
  return `${each.join('  ')}\n  from ${LARGE} ranges on it grows as n^${exponent.toFixed(2)}`
}
