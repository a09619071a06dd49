import { describe, expect, test } from 'vitest'
import { buildImage, sha256 } from '../../src/agent/index.ts'
import {
  coldBoot,
  execAndBoot,
  generateImage,
  load,
  machineFrom,
  type Machine,
} from '../../src/machine/index.ts'
import { kernelCode, range, readSnapshot, type CaptureFiles, type Snapshot } from '../../src/planner/index.ts'
import { hostFile, loadCapture } from '../capture.ts'
import { bootEntryFor, planFor } from '../agent/planned.ts'

const ARM = 'arm64-uefi-acpi-2g'
const X86 = 'x86_64-seabios-4g-nokaslr'

/** Boots the experiment's own kernel with a pinned plan, and gives what the next boot tells. */
function bootNext(
  name: string,
  options: string,
  given: { seed?: number; release?: string; kaslr?: boolean } = {},
) {
  const machine = machineOf(name, given.seed ?? 1)
  const entry = bootEntryFor(name, '')
  if (!entry) throw new Error(`${name} has no kernel head`)
  const cmdline = given.kaslr === false ? `${options} nokaslr` : options
  const body = planFor(machine.snapshot, { ...entry, options: cmdline })
  const kernel = generateImage(Buffer.from(entry.linux.header, 'base64'), entry.linux.size, 1)
  const initrd = generateImage(new Uint8Array(0), entry.initrd?.size ?? 0, 2)
  const image = buildImage(body, { files: machine.files, snapshot: machine.snapshot, kernel, initrd })
  if (!image.ok) throw new Error(image.error.detail)
  expect(load(machine, image.value, sha256).ok).toBe(true)
  const files = execAndBoot(machine, given.release ?? null, sha256)
  if (!files.ok) throw new Error(JSON.stringify(files.error))
  return { before: machine.snapshot, files: files.value, after: snapshotOf(files.value), body }
}

function machineOf(name: string, seed: number): Machine {
  const machine = machineFrom(
    { ...loadCapture(name), 'boot-id': 'aaaaaaaa-0000-4000-8000-000000000000\n' },
    { seed },
  )
  if (!machine.ok) throw new Error(JSON.stringify(machine.error))
  return machine.value
}

function snapshotOf(files: CaptureFiles): Snapshot {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) throw new Error(JSON.stringify(snapshot.error))
  return snapshot.value
}

function lines(files: CaptureFiles, name: string): string[] {
  return (files.iomem ?? '').split('\n').filter((line) => line.endsWith(` : ${name}`))
}

describe.each([ARM, X86])('%s', (name) => {
  test('the next boot has a boot id of its own, its command line, and the same hardware', () => {
    const { before, after, files } = bootNext(name, 'quiet', { kaslr: false })
    expect(after.bootId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(after.bootId).not.toBe(before.bootId)
    expect(after.cmdline).toBe('quiet nokaslr')
    expect(after.release.text).toBe(before.release.text)
    expect(after.memTotal).toBe(before.memTotal)
    expect(files['kallsyms-few']).toBeUndefined()
  })

  test('a boot entry of another release shows in uname', () => {
    const { after } = bootNext(name, 'quiet', { release: '6.12.9-test', kaslr: false })
    expect(after.release.text).toBe('6.12.9-test')
  })

  test('a crash kernel only where the command line asks for one', () => {
    const without = bootNext(name, 'quiet', { kaslr: false })
    expect(lines(without.files, 'Crash kernel')).toEqual([])
    expect(without.after.kexec?.crashSize).toBe(0)
    const asked = bootNext(name, 'crashkernel=64M', { kaslr: false })
    expect(lines(asked.files, 'Crash kernel')).toHaveLength(1)
    expect(asked.after.kexec?.crashSize).toBe(0x4000000)
  })
})

test('x86_64 without KASLR runs where it was loaded; with it where the seed says, aligned and in RAM', () => {
  const fixed = bootNext(X86, 'quiet', { kaslr: false })
  expect(kernelCode(fixed.after.iomem)).toBe(Number(fixed.body.expected.image))
  const drawn = [1, 2, 3, 4].map((seed) => kernelCode(bootNext(X86, 'quiet', { seed }).after.iomem) ?? -1)
  expect(new Set(drawn).size).toBeGreaterThan(1)
  for (const at of drawn) expect(at % 0x200000).toBe(0)
  expect(kernelCode(bootNext(X86, 'quiet', { seed: 1 }).after.iomem)).toBe(drawn[0])
})

test('arm64 with KASLR keeps the kernel where it was loaded; what the kernel reserves elsewhere moves', () => {
  const boots = [1, 2].map((seed) => bootNext(ARM, 'quiet', { seed }))
  expect(kernelCode(boots[0]?.after.iomem ?? [])).toBe(kernelCode(boots[1]?.after.iomem ?? []))
  expect(boots[0]?.files['memblock-reserved']).not.toBe(boots[1]?.files['memblock-reserved'])
  const without = [1, 2].map((seed) => bootNext(ARM, 'quiet', { seed, kaslr: false }))
  expect(without[0]?.files['memblock-reserved']).toBe(without[1]?.files['memblock-reserved'])
})

test("arm64: firmware's reservations stay reserved, boot after boot", () => {
  const machine = machineOf(ARM, 1)
  const { after } = bootNext(ARM, 'quiet')
  const reserved = after.memblock?.reserved ?? []
  const kept = machine.snapshot.dmesg?.acpiTables ?? []
  expect(kept).not.toEqual([])
  for (const { range: table } of kept) {
    expect(reserved.some((r) => r.range.start <= table.start && table.last <= r.range.last)).toBe(true)
  }
})

test.each<[why: string, options: string, want: RegExp]>([
  ['mem= takes what is above', 'mem=1G', /^00100000-3fffffff : System RAM$/m],
  ['memmap=$ reserves', 'memmap=64M$0x30000000', /^30000000-33ffffff : Reserved$/m],
  [
    'memmap=! makes persistent memory',
    'memmap=64M!0x30000000',
    /^30000000-33ffffff : Persistent Memory \(legacy\)$/m,
  ],
])('x86_64: %s', (_why, options, want) => {
  expect(bootNext(X86, options, { kaslr: false }).files.iomem).toMatch(want)
})

test('x86_64: mem= of the running kernel does not carry over', () => {
  const { before, after } = bootNext('x86_64-seabios-4g-mem1g', 'quiet', { kaslr: false })
  const highest = (s: Snapshot): number => s.iomem.findLast((e) => e.name === 'System RAM')?.range.last ?? 0
  expect(highest(before)).toBe(0x3fffffff)
  expect(highest(after)).toBe(0x17fffffff)
})

test('arm64: mem= counts from the lowest RAM on', () => {
  const { after } = bootNext(ARM, 'mem=1G', { kaslr: false })
  const ram = after.iomem.filter((e) => e.name === 'System RAM').map((e) => e.range)
  expect(ram).toEqual([range(0x40000000, 0x7fffffff)])
})

test('a cold boot is what firmware booted first, under a new boot id', () => {
  const machine = machineOf(X86, 1)
  const files = coldBoot(machine, machine.files, sha256)
  expect(files.iomem).toBe(machine.files.iomem)
  expect(files['boot-id']).not.toBe(machine.files['boot-id'])
})

test('a boot loader that was told an entry boots that, and firmware leaves all else as it was', () => {
  const machine = machineOf(X86, 1)
  const entry = { release: '6.12.9-1-amd64', cmdline: 'quiet mitigations=off' }
  const files = coldBoot(machine, machine.files, sha256, entry)
  const after = readSnapshot(files)
  expect(after.ok && [after.value.release.text, after.value.cmdline]).toEqual([entry.release, entry.cmdline])
  expect(files.dmesg).toContain(`Kernel command line: ${entry.cmdline}`)
  expect(files.iomem).toBe(machine.files.iomem)
  const unnamed = readSnapshot(coldBoot(machine, machine.files, sha256, { ...entry, release: null }))
  expect(unnamed.ok && unnamed.value.release.text).toBe(machine.snapshot.release.text)
})

test('the experiment left the kernel heads that these tests boot', () => {
  for (const name of [ARM, X86]) expect(hostFile(name, 'kernel-header.bin')?.length).toBe(4096)
})
