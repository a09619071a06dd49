import { describe, expect, test } from 'vitest'
import {
  bootGround,
  calmGround,
  hardwareText,
  pinsOf,
  planLoad,
  stableGround,
  type BootGround,
  type Pin,
  type PlanBody,
  type Range,
  type Snapshot,
} from '../../../src/planner/index.ts'
import { captureNames, hostFile, loadCapture } from '../../capture.ts'
import { sha256, snapshotOf } from '../host.ts'

const snapshot = (name: string): Snapshot => snapshotOf(loadCapture(name))
const r = (start: number, last: number) => ({ start, last }) as Range
const ground = (strict: Range[], fickle: Range[] = []): BootGround => ({ strict, volatile: fickle })

describe('stable ground', () => {
  test.each<[why: string, boots: BootGround[], stable: Range[], calm: Range[]]>([
    ['no boot: no ground', [], [], []],
    ['one boot: all that was free', [ground([r(0, 9)])], [r(0, 9)], [r(0, 9)]],
    ['two boots: what was free in both', [ground([r(0, 9)]), ground([r(5, 20)])], [r(5, 9)], [r(5, 9)]],
    [
      'calm leaves out what either knows to move',
      [ground([r(0, 9)], [r(0, 1)]), ground([r(0, 9)], [r(8, 9)])],
      [r(0, 9)],
      [r(2, 7)],
    ],
    ['nothing in common', [ground([r(0, 4)]), ground([r(5, 9)])], [], []],
  ])('%s', (_why, boots, stable, calm) => {
    expect(stableGround(boots)).toEqual(stable)
    expect(calmGround(boots)).toEqual(calm)
  })
})

test('the digest of remembered boots does not hang on their order', () => {
  const [a, b] = ['arm64-uefi-acpi-1g-kaslr1', 'arm64-uefi-acpi-1g-kaslr2'].map((n) =>
    bootGround(snapshot(n), []),
  )
  const of = (history: (BootGround | undefined)[]) =>
    planOf('arm64-uefi-acpi-1g-kaslr3', [], history as BootGround[], []).inputs.ground
  expect(of([a, b])).toEqual(of([b, a]))
  expect(of([a, b])).not.toEqual(of([a]))
})

/** The captures of one machine in several boots. */
const SERIES: readonly [why: string, ...boots: string[]][] = [
  [
    '4 GiB, UEFI',
    'arm64-uefi-acpi-4g-boot1',
    'arm64-uefi-acpi-4g-boot2',
    'arm64-uefi-acpi-4g-boot3',
    'arm64-uefi-acpi-4g-nokaslr1',
    'arm64-uefi-acpi-4g-nokaslr2',
  ],
  ['1 GiB, UEFI', 'arm64-uefi-acpi-1g-kaslr1', 'arm64-uefi-acpi-1g-kaslr2', 'arm64-uefi-acpi-1g-kaslr3'],
  [
    '512 MiB, UEFI',
    'arm64-uefi-acpi-512m-kaslr1',
    'arm64-uefi-acpi-512m-kaslr2',
    'arm64-uefi-acpi-512m-kaslr3',
  ],
  ['512 MiB, UEFI, 6.12', 'arm64-uefi-acpi-512m-kaslr1-k612', 'arm64-uefi-acpi-512m-kaslr2-k612'],
  ['4 GiB, BIOS, KASLR and not', 'x86_64-seabios-4g-kaslr1', 'x86_64-seabios-4g-nokaslr'],
]

describe('the boots of one machine', () => {
  test.each(SERIES)('%s: every pin of the first boot holds in all others, in any order', (_why, ...names) => {
    for (const order of [names, names.toReversed(), [...names.slice(1), names[0] as string]]) {
      let pins: readonly Pin[] = []
      let history: BootGround[] = []
      const places: string[] = []
      for (const name of order) {
        const made = planOf(name, pins, history, [])
        pins = pinsOf(made, pins)
        history = [...history, bootGround(snapshot(name), [])]
        places.push(made.segments.map((s) => `${s.kind} ${s.mem}`).join())
      }
      expect(new Set(places).size).toBe(1)
    }
  })

  test.each(SERIES)('%s: they are one hardware', (_why, ...names) => {
    expect(new Set(names.map((name) => hardwareText(snapshot(name)))).size).toBe(1)
  })
})

describe('a pin survives its own landing', () => {
  const pairs = captureNames().filter((name) => name.endsWith('-host2'))

  test('there are hosts that really jumped', () => expect(pairs.length).toBeGreaterThanOrEqual(2))

  test.each(pairs)('%s: what the jump loaded, pinned, holds in the boot that it made', (after) => {
    const before = after.replace(/-host2$/, '')
    const landed = landing(before)
    const booted = landed.map((p) => r(Number(p.mem), Number(p.mem) + p.room - 1))
    // By the plan that booted it, and where nobody has kept that plan, by what the boot itself shows.
    for (const known of [booted, []]) {
      const made = planOf(after, landed, [bootGround(snapshot(before), [])], known, before)
      expect(made.segments.map((s) => [s.kind, s.mem, s.chosen])).toEqual(
        landed.map((p) => [p.kind, p.mem, 'kept-pin']),
      )
    }
  })
})

interface Load {
  readonly call: { readonly kernel: string; readonly initrd: string | null; readonly cmdline: string }
  readonly segments: readonly { name?: string; mem: string; memsz: string }[]
}

/** The load that was jumped into, of either loader; kexec-tools gives its segments no names. */
function jumpedInto(name: string): Load {
  const { exec, exec_tools } = json(name, 'truth.json') as Record<string, { load: Load } | undefined>
  const load = (exec ?? exec_tools)?.load
  if (!load) throw new Error(`${name} did not jump`)
  const kinds = ['kernel', 'initrd', 'dtb', 'purgatory']
  return { ...load, segments: load.segments.map((s, i) => ({ ...s, name: s.name ?? (kinds[i] as string) })) }
}

function landing(name: string): Pin[] {
  return jumpedInto(name)
    .segments.filter((s) => s.name !== 'purgatory')
    .map(({ name: kind, mem, memsz }) => {
      return {
        purpose: 'reboot',
        kind: kind as Pin['kind'],
        mem,
        room: Number(memsz),
        reason: 'landed there',
      }
    })
}

/** The first load that was asked of the real kernel, or the one that it jumped into. */
function callOf(name: string, jumped: boolean): Load['call'] {
  if (jumped) return jumpedInto(name).call
  const { kexec_file, kexec_tools } = json(name, 'truth.json') as Record<string, Load | undefined>
  const call = (kexec_file ?? kexec_tools)?.call
  if (!call) throw new Error(`${name} loads nothing`)
  return call
}

function planOf(
  name: string,
  pins: readonly Pin[],
  history: readonly BootGround[],
  booted: readonly Range[],
  loadsOf = name,
): PlanBody {
  const { kernels, initrds } = json(loadsOf, 'case.json') as {
    kernels: Record<string, { size: number; header_file?: string }>
    initrds: Record<string, { size: number }>
  }
  const call = callOf(loadsOf, loadsOf !== name)
  const kernel = kernels[call.kernel]
  const head = kernel && hostFile(loadsOf, kernel.header_file ?? 'kernel-header.bin')
  if (!kernel || !head) throw new Error(`${loadsOf} loads nothing`)
  const made = planLoad(
    {
      snapshot: snapshot(name),
      kernel: { head: new Uint8Array(head), size: kernel.size },
      initrdSize: call.initrd === null ? null : (initrds[call.initrd]?.size ?? null),
      cmdline: call.cmdline,
      purpose: 'reboot',
      strategy: 'pinned',
      pins,
      booted,
      history,
    },
    sha256,
  )
  if (!made.ok) throw new Error(JSON.stringify(made.error))
  return made.value
}

function json(name: string, file: string): unknown {
  return JSON.parse((hostFile(name, file) as Buffer).toString('utf8'))
}
