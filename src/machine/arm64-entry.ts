import { u32be, u32le } from '../planner/bytes/endian.ts'
import { hex } from '../planner/bytes/phys-addr.ts'
import { range, rangeOfSize, type Range } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { fdtNode, fdtNumber, fdtProperty, readFdt, type Fdt } from '../planner/read/fdt.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { damagedKernel, damagedInitrd, type Entry } from './entry.ts'
import type { BootFailure, HandOver } from './hand-over.ts'
import type { LoadedImage } from './kexec.ts'
import { utf8Text } from '../planner/bytes/utf8.ts'
import type { Machine } from './machine.ts'
import { read } from './memory.ts'

const IMAGE_MAGIC = 0x644d5241
const IMAGE_MAGIC_AT = 56
const FDT_MAGIC = 0xd00dfeed
/** The kernel maps two megabytes for the tree, no more. */
const MAX_FDT = 0x200000
const HEAD = 4096

/**
 * What arm64's kernel does first: it must be an image, it must have been handed a device tree, and
 * the tree must name an initrd that is whole.
 *
 * Source: Linux Documentation/arch/arm64/booting.rst.
 */
export function handOverArm64(
  machine: Machine,
  loaded: LoadedImage,
  { entry, argument }: Entry,
  sha256: Sha256,
): Result<HandOver, BootFailure> {
  const head = read(machine.memory, rangeOfSize(entry, HEAD))
  if (u32le(head, IMAGE_MAGIC_AT) !== IMAGE_MAGIC) {
    return err({
      code: 'no-kernel-at-entry',
      where: entry,
      detail: `${hex(entry)} does not start with an Image`,
    })
  }
  const damage = damagedKernel(machine, loaded, entry, sha256)
  if (damage) return err(damage)
  const dtb = treeAt(machine, argument)
  if (!dtb.ok) return dtb

  const chosen = fdtNode(dtb.value.tree, '/chosen')
  const bootargs = chosen && fdtProperty(chosen, 'bootargs')
  const initrd = initrdOf(dtb.value.tree)
  const initrdDamage = damagedInitrd(machine, loaded, initrd, sha256)
  if (initrdDamage) return err(initrdDamage)
  return ok({
    arch: 'arm64',
    kernel: rangeOfSize(entry, kernelSize(head, loaded)),
    cmdline: bootargs ? (utf8Text(untilNul(bootargs)) ?? '') : '',
    initrd,
    head,
    dtb: dtb.value.range,
    tree: dtb.value.bytes,
  })
}

interface TreeAt {
  readonly tree: Fdt
  readonly range: Range
  readonly bytes: Uint8Array
}

function treeAt(machine: Machine, at: number | null): Result<TreeAt, BootFailure> {
  if (at === null)
    return err({ code: 'no-device-tree', where: null, detail: 'no device tree was handed over' })
  const start = read(machine.memory, rangeOfSize(at, 8))
  const size = u32be(start, 4)
  if (u32be(start, 0) !== FDT_MAGIC || size < 8 || size > MAX_FDT) {
    return err({ code: 'no-device-tree', where: at, detail: `${hex(at)} holds no device tree` })
  }
  const bytes = read(machine.memory, rangeOfSize(at, size)).slice()
  const tree = readFdt(bytes)
  if (!tree.ok) return err({ code: 'no-device-tree', where: at, detail: `expected ${tree.error.expected}` })
  return ok({ tree: tree.value, range: rangeOfSize(at, size), bytes })
}

/** `linux,initrd-start` and `-end`: the second is the byte after the last, one or two cells each. */
function initrdOf(tree: Fdt): Range | null {
  const chosen = fdtNode(tree, '/chosen')
  const start = chosen && fdtProperty(chosen, 'linux,initrd-start')
  const after = chosen && fdtProperty(chosen, 'linux,initrd-end')
  if (!start || !after) return null
  const from = fdtNumber(start, 0, start.length / 4)
  const to = fdtNumber(after, 0, after.length / 4)
  return from === null || to === null || to <= from ? null : range(from, to - 1)
}

function untilNul(value: Uint8Array): Uint8Array {
  const size = value.indexOf(0)
  return size < 0 ? value : value.subarray(0, size)
}

function kernelSize(head: Uint8Array, loaded: LoadedImage): number {
  const size = u32le(head, 16) + u32le(head, 20) * 0x100000000
  return size > 0 ? size : (loaded.segments.find((s) => s.kind === 'kernel')?.memsz ?? HEAD)
}
