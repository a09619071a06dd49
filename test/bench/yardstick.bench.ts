import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import {
  planLoad,
  planText,
  readSnapshot,
  type CaptureFiles,
  type PlanRequest,
  type Snapshot,
} from '../../src/planner/index.ts'
import { HOSTS, captureNames, loadCapture } from '../capture.ts'
import { KERNEL, sha256, snapshotOf } from '../planner/host.ts'
import { fragmentedArm64, fragmentedX86, MOST_READ } from './fragmented.ts'
import { EFFORT, shown, sideBySide, type Timing } from './measure.ts'
import { SHORT } from './short.ts'
import { compileYardstick, YARDSTICK_FILES, type Asked } from './yardstick.ts'

const CMDLINE = 'root=/dev/vda1 ro nokaslr'
/** None, one page, what distributions have, what hardly fits, and what fits nowhere. */
const INITRDS = [0, 1, 0x1000000, 0xc800000, 0x40000000]

const yardstick = compileYardstick()
afterAll(() => yardstick?.remove())
const without = yardstick ? '' : ' (left out: there is no gcc here to build the C program with)'

interface Subject {
  readonly name: string
  readonly files: CaptureFiles
  readonly kernel: PlanRequest['kernel']
}

test.skipIf(!yardstick)(`the C program finds the same places for every capture${without}`, () => {
  let refused = 0
  for (const subject of captureNames().map(captured)) {
    const unpacked = yardstick?.unpack(subject.name, subject.files, subject.kernel.head)
    const snapshot = snapshotOf(subject.files)
    for (const initrdSize of INITRDS) {
      const asked = { ...unpacked, kernelSize: subject.kernel.size, initrdSize, cmdline: CMDLINE } as Asked
      const places = placesOf({ ...subject, snapshot, initrdSize })
      if (places.startsWith('refused')) refused++
      expect(yardstick?.place(asked), `${subject.name}, initrd of ${initrdSize} bytes`).toBe(places)
    }
  }
  console.log(`${captureNames().length * INITRDS.length} loads placed alike, ${refused} of them refused`)
})

const SIZE = SHORT ? 1000 : MOST_READ
const SUBJECTS: readonly Subject[] = [
  ...['arm64-dt-1g', 'arm64-uefi-acpi-4g-boot1', 'x86_64-seabios-2g', 'x86_64-ovmf-4g'].map(captured),
  { name: `arm64, ${SIZE} ranges`, files: fragmentedArm64(SIZE), kernel: KERNEL.arm64 },
  { name: `x86_64, ${SIZE} ranges`, files: fragmentedX86(SIZE), kernel: KERNEL.x86_64 },
]

test.each(SUBJECTS)(`$name: text to plan${without}`, (subject) => {
  const { kernel } = subject
  const files: CaptureFiles = Object.fromEntries(
    Object.entries(subject.files).filter(([file]) => YARDSTICK_FILES.includes(file as never)),
  )
  const snapshot = snapshotOf(files)
  const initrdSize = 0x1000000
  const large = subject.name.includes(',')
  const effort = large ? { ...EFFORT, milliseconds: 10 * EFFORT.milliseconds } : EFFORT
  const plan = (of: Snapshot, strategy: PlanRequest['strategy']) =>
    planLoad(request({ snapshot: of, kernel, initrdSize, strategy }), sha256)
  const read = () => {
    const made = readSnapshot(files)
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    return made.value
  }
  const ours: [name: string, thing: () => unknown][] = [
    [
      'text to plan',
      () => {
        const made = plan(read(), 'kexec_file')
        return made.ok ? planText(made.value) : made.error
      },
    ],
    ['  of that, text to snapshot', read],
    ['snapshot to plan, the first', () => plan({ ...snapshot }, 'kexec_file')],
    ['snapshot to plan, each other', () => plan(snapshot, 'kexec_file')],
    ['  the same, pinned: the first', () => plan({ ...snapshot }, 'pinned')],
    ['  the same, pinned: each other', () => plan(snapshot, 'pinned')],
  ]
  const unpacked = yardstick?.unpack(subject.name, files, kernel.head)
  const asked = { ...unpacked, kernelSize: kernel.size, initrdSize, cmdline: CMDLINE } as Asked
  const times = SHORT ? 1 : large ? 100 : 10_000
  const outside = yardstick ? [() => yardstick.time(asked, times)] : []

  const timings = sideBySide(
    ours.map(([, thing]) => thing),
    effort,
    outside,
  )
  const c = yardstick ? timings.shift() : undefined
  console.log(subject.name)
  if (c) console.log(lineOf('C: text to places', c, c))
  for (const [i, [name]] of ours.entries()) console.log(lineOf(name, timings[i] as Timing, c))
  expect(timings.every(({ cpu }) => cpu > 0)).toBe(true)
})

function lineOf(name: string, { cpu, median, mad }: Timing, c: Timing | undefined): string {
  const ratio = c ? ` ${(cpu / c.cpu).toFixed(1).padStart(7)} × C` : ''
  const rate = `${Math.round(1e6 / cpu).toLocaleString('en')} a second`
  return `  ${name.padEnd(32)}${shown(cpu).padStart(9)} µs CPU${ratio}  ${rate} (${shown(median)} ± ${shown(mad)} µs)`
}

function captured(name: string): Subject {
  const { kernels } = JSON.parse(readFileSync(join(HOSTS, name, 'case.json'), 'utf8')) as {
    kernels: Record<string, { size: number }>
  }
  const [first] = Object.values(kernels)
  if (!first) throw new Error(`${name}: case.json has no kernel`)
  const head = new Uint8Array(readFileSync(join(HOSTS, name, 'kernel-header.bin')))
  return { name, files: loadCapture(name), kernel: { head, size: first.size } }
}

function request(of: Pick<PlanRequest, 'snapshot' | 'kernel' | 'initrdSize' | 'strategy'>): PlanRequest {
  return { ...of, cmdline: CMDLINE, purpose: 'reboot', pins: [], booted: [] }
}

/** A plan, or a refusal, in the C program's words. */
function placesOf({
  snapshot,
  kernel,
  initrdSize,
}: Subject & { snapshot: Snapshot; initrdSize: number }): string {
  const made = planLoad(request({ snapshot, kernel, initrdSize, strategy: 'kexec_file' }), sha256, null, {
    change: false,
  })
  if (made.ok) return made.value.segments.map((s) => `${s.kind} ${s.mem} ${s.memsz}\n`).join('')
  return `refused ${made.error.code} ${made.error.code === 'no-hole' ? made.error.buf.kind : '-'}\n`
}
