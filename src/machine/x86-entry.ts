import { u32le } from '../planner/bytes/endian.ts'
import { hex } from '../planner/bytes/phys-addr.ts'
import { rangeOfSize, type Range } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import { readBootParams } from '../planner/read/boot-params.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { damagedInitrd, damagedKernel, type Entry } from './entry.ts'
import type { BootFailure, HandOver } from './hand-over.ts'
import type { LoadedImage } from './kexec.ts'
import { safeU64le } from '../planner/bytes/endian.ts'
import { textUntilNul } from '../planner/bytes/utf8.ts'
import type { Machine } from './machine.ts'
import { read, type Memory } from './memory.ts'

/** The 64-bit entry lies this far into the protected-mode kernel. */
const ENTRY_64 = 0x200
const PAGE = 4096
const MAX_CMDLINE = 2048
const SETUP_RNG_SEED = 9
const SETUP_INDIRECT = 0x80000000
const SETUP_HEADER = 16
const MAX_SETUP_DATA = 32

/**
 * What x86_64's kernel does first: it reads boot_params, finds its command line and its initrd, and
 * keeps what hangs in the setup_data list.
 *
 * Source: Linux Documentation/arch/x86/boot.rst and zero-page.rst.
 */
export function handOverX86(
  machine: Machine,
  loaded: LoadedImage,
  { entry, argument }: Entry,
  sha256: Sha256,
): Result<HandOver, BootFailure> {
  const base = entry - ENTRY_64
  const damage = damagedKernel(machine, loaded, Math.max(base, 0), sha256)
  if (damage) return err(damage)
  if (argument === null)
    return err({ code: 'no-boot-params', where: null, detail: 'no boot_params were handed over' })
  const params = read(machine.memory, rangeOfSize(argument, PAGE)).slice()
  const facts = readBootParams(params)
  if (!facts.ok || facts.value.protocol === null || facts.value.e820.length === 0) {
    return err({ code: 'no-boot-params', where: argument, detail: `${hex(argument)} holds no boot_params` })
  }
  const { cmdlineAt, initrd, setupDataAt } = facts.value
  const cmdline =
    cmdlineAt === null
      ? ''
      : textUntilNul(read(machine.memory, rangeOfSize(cmdlineAt, MAX_CMDLINE)), MAX_CMDLINE)
  if (cmdline === null)
    return err({ code: 'no-boot-params', where: cmdlineAt, detail: 'the command line has no end' })
  const setupData = keptSetupData(machine.memory, setupDataAt)
  if (!setupData)
    return err({ code: 'no-boot-params', where: setupDataAt, detail: 'the setup_data list is damaged' })
  const initrdDamage = damagedInitrd(machine, loaded, initrd, sha256)
  if (initrdDamage) return err(initrdDamage)
  const kernel = rangeOfSize(base, Math.max(u32le(params, 0x260), PAGE))
  return ok({
    arch: 'x86_64',
    kernel,
    cmdline,
    initrd,
    params,
    paramsAt: rangeOfSize(argument, PAGE),
    setupData,
  })
}

/**
 * The stretches that the kernel reserves for the setup_data list: header and payload of each node;
 * of an RNG seed the header alone, because the seed is wiped before.
 */
function keptSetupData(memory: Memory, first: number | null): Range[] | null {
  const out: Range[] = []
  for (let at = first; at !== null && at !== 0;) {
    if (out.length === MAX_SETUP_DATA) return null
    const header = read(memory, rangeOfSize(at, SETUP_HEADER))
    const type = u32le(header, 8)
    const size = u32le(header, 12)
    const next = safeU64le(header, 0)
    if (next === null || size > 0x100000 || type >= SETUP_INDIRECT) return null
    out.push(rangeOfSize(at, type === SETUP_RNG_SEED ? SETUP_HEADER : SETUP_HEADER + size))
    at = next
  }
  return out
}
