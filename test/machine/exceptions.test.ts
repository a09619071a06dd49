import { describe, expect, test } from 'vitest'
import { buildImage, sha256 } from '../../src/agent/index.ts'
import { execAndBoot, generateImage, load, machineFrom, type Machine } from '../../src/machine/index.ts'
import {
  fdtBytes,
  planLoad,
  type CaptureFiles,
  type Exception,
  type Fdt,
  type PlanBody,
} from '../../src/planner/index.ts'
import { addNode, deleteProperty, setProperty } from '../../src/planner/read/fdt-edit.ts'
import { bootEntryFor } from '../agent/planned.ts'
import { loadCapture } from '../capture.ts'

const ARM64 = 'arm64-uefi-acpi-4g-boot1'
const X86 = 'x86_64-ovmf-4g'
/** Of arm64 the DSDT, made as long as a server's; of x86_64 the firmware map's `ACPI Tables`. */
const TABLES = { [ARM64]: 0x13c438000, [X86]: 0x7fb6c000 }
/** Of arm64 too: the map, moved off the tables' pages and made some pages long. */
const MAP = 0x13c431000

function capture(name: typeof ARM64 | typeof X86): CaptureFiles {
  const files = loadCapture(name)
  const boot = { 'boot-id': 'aaaaaaaa-0000-4000-8000-000000000000\n' }
  if (name === X86) return { ...files, ...boot }
  const dmesg = (files.dmesg ?? '')
    .replace(/(DSDT 0x000000013C437518) 00144C/, '$1 005000')
    .replace(/(MemMap Address {7}: 0x00000001)3c43d9c0/, '$13c431000')
    .replace(/(MemMap Size {10}: 0x000000000000)0630/, '$13000')
  return { ...files, ...boot, dmesg }
}

const given = (kind: Exception['kind']): Exception => ({
  kind,
  policy: 'POL-7',
  approver: 'kernel-team',
  reason: 'room',
  expires_at: '2999-01-01T00:00:00.000Z',
})

function machineOf(name: typeof ARM64 | typeof X86): Machine {
  const machine = machineFrom(capture(name), { seed: 1 })
  if (!machine.ok) throw new Error(JSON.stringify(machine.error))
  return machine.value
}

interface Trial {
  readonly at: number
  readonly cmdline: string
  readonly exceptions: readonly Exception[]
  readonly devicetree?: Fdt
}

/** A plan whose initrd is pinned over protected memory. */
function planOver(machine: Machine, name: string, trial: Trial) {
  const entry = bootEntryFor(name, '')
  if (!entry) throw new Error(name)
  const pin = {
    purpose: 'reboot',
    kind: 'initrd',
    mem: `0x${trial.at.toString(16)}`,
    room: 4096,
    reason: 'test',
  } as const
  return planLoad(
    {
      snapshot: machine.snapshot,
      kernel: { head: Buffer.from(entry.linux.header, 'base64'), size: entry.linux.size },
      initrdSize: 4096,
      cmdline: trial.cmdline,
      purpose: 'reboot',
      strategy: 'pinned',
      pins: [pin],
      booted: [],
      exceptions: trial.exceptions,
      ...(trial.devicetree ? { devicetree: trial.devicetree } : {}),
    },
    sha256,
  )
}

/** Loads the plan, with another command line than it was made for where a test wants that, and jumps. */
function jump(machine: Machine, name: string, body: PlanBody, { cmdline, devicetree }: Partial<Trial>) {
  const entry = bootEntryFor(name, '')
  if (!entry) throw new Error(name)
  const kernel = generateImage(Buffer.from(entry.linux.header, 'base64'), entry.linux.size, 1)
  const initrd = generateImage(new Uint8Array(0), 4096, 2)
  const plan = cmdline === undefined ? body : { ...body, inputs: { ...body.inputs, cmdline } }
  const tree = devicetree ? { devicetree } : {}
  const image = buildImage(plan, {
    files: machine.files,
    snapshot: machine.snapshot,
    kernel,
    initrd,
    ...tree,
  })
  if (!image.ok) throw new Error(image.error.detail)
  const loaded = load(machine, image.value, sha256)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return execAndBoot(machine, null, sha256)
}

describe.each([ARM64, X86] as const)('%s: over the ACPI tables', (name) => {
  const trial: Trial = { at: TABLES[name], cmdline: 'acpi=off nokaslr', exceptions: [given('acpi-tables')] }

  test('a boot without ACPI comes up', () => {
    const machine = machineOf(name)
    const made = planOver(machine, name, trial)
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    expect(made.value.segments.find((s) => s.kind === 'initrd')?.chosen).toBe('kept-pin')
    expect(made.value.exceptions).toHaveLength(1)
    expect(jump(machine, name, made.value, trial)).toMatchObject({ ok: true })
  })

  test('the same plan booted with ACPI after all crashes', () => {
    const machine = machineOf(name)
    const made = planOver(machine, name, trial)
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    const failed = jump(machine, name, made.value, { ...trial, cmdline: 'acpi=on! nokaslr' })
    expect(failed).toMatchObject({ ok: false, error: { code: 'protected-damaged' } })
    const where = failed.ok ? null : failed.error.where
    expect(Math.floor((where ?? 0) / 4096)).toBe(trial.at / 4096)
  })

  test('without the exception the pin does not hold', () => {
    const made = planOver(machineOf(name), name, { ...trial, exceptions: [] })
    expect(made.ok && made.value.segments.find((s) => s.kind === 'initrd')?.chosen).toBe('moved-pin')
    expect(made.ok && 'exceptions' in made.value).toBe(false)
  })

  test('without the evidence it is refused', () => {
    const made = planOver(machineOf(name), name, { ...trial, cmdline: 'quiet' })
    expect(made).toMatchObject({ ok: false, error: { code: 'exception-without-evidence' } })
  })
})

describe('over the UEFI memory map', () => {
  /** The running tree, written anew for a boot without UEFI. */
  function apart(machine: Machine, { memory = true, uefi = false } = {}): Fdt {
    let tree = machine.snapshot.fdt as Fdt
    const chosen = tree.root.children.find((node) => node.name === 'chosen')
    for (const { name } of uefi ? [] : (chosen?.properties ?? []))
      if (name.startsWith('linux,uefi-')) tree = deleteProperty(tree, '/chosen', name)
    if (!memory) return tree
    tree = addNode(tree, '/', 'memory@40000000')
    return setProperty(tree, '/memory@40000000', 'reg', new Uint8Array(96).fill(1))
  }
  const trial = { at: MAP, cmdline: 'quiet', exceptions: [given('uefi-map')] }

  test('a boot by a tree without UEFI comes up, with that very tree', () => {
    const machine = machineOf(ARM64)
    const devicetree = apart(machine)
    const made = planOver(machine, ARM64, { ...trial, devicetree })
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    expect(made.value.exceptions?.[0]?.ranges).toEqual([{ start: '0x13c431000', last: '0x13c431fff' }])
    expect(made.value.inputs.devicetree_digest).toBe(sha256(fdtBytes(devicetree)))
    expect(jump(machine, ARM64, made.value, { devicetree })).toMatchObject({ ok: true })
  })

  test('the same plan booted by the running tree crashes', () => {
    const machine = machineOf(ARM64)
    const made = planOver(machine, ARM64, { ...trial, devicetree: apart(machine) })
    if (!made.ok) throw new Error(JSON.stringify(made.error))
    const failed = jump(machine, ARM64, made.value, {
      devicetree: apart(machine, { uefi: true, memory: false }),
    })
    expect(failed).toMatchObject({ ok: false, error: { code: 'protected-damaged' } })
  })

  test.each<[why: string, tree: { memory?: boolean; uefi?: boolean } | null]>([
    ['no tree', null],
    ['a tree that leads to UEFI', { uefi: true }],
    ['a tree that lists no memory', { memory: false }],
  ])('%s is no evidence', (_why, kind) => {
    const machine = machineOf(ARM64)
    const tree = kind ? { devicetree: apart(machine, kind) } : {}
    expect(planOver(machine, ARM64, { ...trial, ...tree })).toMatchObject({
      error: { code: 'exception-without-evidence' },
    })
  })
})
