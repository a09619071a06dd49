import { expect, test } from 'vitest'
import { sha256 } from '../../src/agent/sha256.ts'
import { execAndBoot, load, type KexecSegment } from '../../src/machine/index.ts'
import { putU64le } from '../../src/planner/bytes/endian.ts'
import { fdtBytes, type Fdt } from '../../src/planner/index.ts'
import { setProperty } from '../../src/planner/read/fdt-edit.ts'
import { SMALL, smallMachine } from './host.ts'

const KERNEL_AT = 0x41000000
const DTB_AT = 0x42000000
const INITRD_AT = 0x43000000
const IMAGE_SIZE = 0x10000

/** The smallest thing that arm64 takes for an Image. */
function image(): Uint8Array {
  const bytes = new Uint8Array(0x4000).fill(0x11)
  bytes.fill(0, 0, 64)
  putU64le(bytes, 16, IMAGE_SIZE)
  bytes.set([0x41, 0x52, 0x4d, 0x64], 56)
  return bytes
}

function tree(initrd: { start: number; size: number } | null): Uint8Array {
  const chosen = { name: 'chosen', properties: [], children: [] }
  const root = { name: '', properties: [], children: [chosen] }
  let fdt: Fdt = { reservations: [], root, strings: new Uint8Array(0), padding: 0, bootCpu: 0, version: 17 }
  fdt = setProperty(fdt, '/chosen', 'bootargs', Buffer.from('quiet grüße\0'))
  if (initrd) {
    fdt = setProperty(fdt, '/chosen', 'linux,initrd-start', u64be(initrd.start))
    fdt = setProperty(fdt, '/chosen', 'linux,initrd-end', u64be(initrd.start + initrd.size))
  }
  return fdtBytes(fdt)
}

function u64be(n: number): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, BigInt(n))
  return out
}

interface Jump {
  readonly kernelAt?: number
  readonly entry?: number
  readonly dtb?: number | null
  readonly dtbBytes?: Uint8Array
  readonly initrd?: boolean
  readonly told?: { start: number; size: number } | null
  readonly extra?: readonly KexecSegment[]
}

function jump(j: Jump = {}, files: Parameters<typeof smallMachine>[0] = {}) {
  const machine = smallMachine(files)
  const segments: KexecSegment[] = [
    { kind: 'kernel', mem: j.kernelAt ?? KERNEL_AT, memsz: IMAGE_SIZE, bytes: image() },
    { kind: 'dtb', mem: DTB_AT, memsz: 0x1000, bytes: j.dtbBytes ?? tree(j.told ?? null) },
    ...(j.initrd
      ? [{ kind: 'initrd' as const, mem: INITRD_AT, memsz: 0x1000, bytes: new Uint8Array(100).fill(5) }]
      : []),
    ...(j.extra ?? []),
  ]
  const dtb = j.dtb === undefined ? DTB_AT : j.dtb
  const loaded = load(machine, { segments, entry: j.entry ?? j.kernelAt ?? KERNEL_AT, dtb }, sha256)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error))
  return execAndBoot(machine, null, sha256)
}

const filler = (mem: number): KexecSegment => ({
  kind: 'initrd',
  mem,
  memsz: 0x1000,
  bytes: new Uint8Array(1),
})

test('a kernel with a device tree comes up with its command line', () => {
  expect(jump()).toMatchObject({ ok: true, value: { cmdline: 'quiet grüße\n' } })
})

test('with an initrd that it was told of, too', () => {
  expect(jump({ initrd: true, told: { start: INITRD_AT, size: 100 } })).toMatchObject({ ok: true })
})

test('nothing loaded, nothing to jump into', () => {
  expect(execAndBoot(smallMachine(), null, sha256)).toMatchObject({
    ok: false,
    error: { code: 'nothing-loaded' },
  })
})

test.each<[why: string, j: Jump, code: string, where: number | null]>([
  [
    'the entry lies a page after the kernel',
    { entry: KERNEL_AT + 0x1000 },
    'no-kernel-at-entry',
    KERNEL_AT + 0x1000,
  ],
  ['no device tree is handed over', { dtb: null }, 'no-device-tree', null],
  ['the tree lies elsewhere', { dtb: DTB_AT + 0x1000 }, 'no-device-tree', DTB_AT + 0x1000],
  ['the tree is cut', { dtbBytes: tree(null).subarray(0, 60) }, 'no-device-tree', DTB_AT],
  ['the kernel was not told of its initrd', { initrd: true }, 'initrd-damaged', null],
  [
    'the initrd is told a byte short',
    { initrd: true, told: { start: INITRD_AT, size: 99 } },
    'initrd-damaged',
    INITRD_AT,
  ],
  [
    'the initrd is told a byte off',
    { initrd: true, told: { start: INITRD_AT + 1, size: 100 } },
    'initrd-damaged',
    INITRD_AT + 1,
  ],
  [
    'an initrd is told that was not loaded',
    { told: { start: INITRD_AT, size: 100 } },
    'initrd-damaged',
    INITRD_AT,
  ],
  ['the kernel lies over an LPI table', { kernelAt: 0x48000000 - 0x1000 }, 'kernel-damaged', 0x48000000],
  ['firmware lost its table', { extra: [filler(0x5000f000)] }, 'protected-damaged', 0x5000f000],
])('%s: it does not come up', (_why, j, code, where) => {
  expect(jump(j)).toMatchObject({ ok: false, error: { code, where } })
})

test.each<[why: string, kernelAt: number]>([
  ['ends right below the LPI tables', 0x48000000 - IMAGE_SIZE],
  ['starts right above them', 0x48020000],
])('a kernel that %s comes up', (_why, kernelAt) => {
  expect(jump({ kernelAt })).toMatchObject({ ok: true })
})

test.each<[release: string, fill: number]>([
  ['6.1.0-1-arm64', 0xa2],
  ['6.11.9-arm64', 0xa2],
  ['6.12.0-arm64', 0xc2],
  ['7.0.0-arm64', 0xc2],
])('an LPI property table of %s is full of %i', (release, fill) => {
  const machine = smallMachine({ uname: (SMALL.uname ?? '').replace('6.1.0-1-arm64', release) })
  expect(machine.hazards.map((h) => h.fill)).toEqual([fill, 0])
})

test('LPI tables that memblock reserves are no hazard but something to keep', () => {
  const reserved = `${SMALL['memblock-reserved']}`
    .replace('   1: ', '   1: 0x0000000048000000..0x000000004801ffff\n   2: ')
    .replace('   2: 0x000000007f', '   3: 0x000000007f')
  const machine = smallMachine({ 'memblock-reserved': reserved })
  expect(machine.hazards).toEqual([])
  expect(machine.canaries.some((c) => c.range.start === 0x48000000)).toBe(true)
})
