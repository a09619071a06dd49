import { sizeOf } from '../planner/bytes/range.ts'
import { err, ok, type Result } from '../planner/bytes/result.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { renderFirmwareMap } from '../planner/read/firmware-map.ts'
import { renderIomem, type IomemEntry } from '../planner/read/iomem.ts'
import { readKernelRelease, type KernelRelease } from '../planner/read/kernel-release.ts'
import { renderMemblock } from '../planner/read/memblock.ts'
import { readUname } from '../planner/read/uname.ts'
import type { Bootable } from '../planner/plan/firmware-plan.ts'
import type { Sha256 } from '../planner/plan/plan-request.ts'
import { bootArm64 } from './arm64-boot.ts'
import { exec } from './exec.ts'
import type { BootFailure, HandOver } from './hand-over.ts'
import type { Machine } from './machine.ts'
import { nextLog } from './next-log.ts'
import { seedOf } from './random.ts'
import { bootX86 } from './x86-boot.ts'

/**
 * Jumps into what is booked and lets the next kernel come up: the capture that it would then give.
 *
 * `release`: the next kernel's, as its boot entry says; null for the running one's.
 *
 * Errors: why the next kernel did not come up.
 */
export function execAndBoot(
  machine: Machine,
  release: string | null,
  sha256: Sha256,
): Result<CaptureFiles, BootFailure> {
  const entered = exec(machine, sha256)
  if (!entered.ok) return entered
  return nextBoot(machine, entered.value, release, sha256)
}

function nextBoot(
  machine: Machine,
  hand: HandOver,
  release: string | null,
  sha256: Sha256,
): Result<CaptureFiles, BootFailure> {
  const { files, snapshot, options } = machine
  const next = (release === null ? null : readKernelRelease(release)) ?? snapshot.release
  const bootId = nextBootId(machine, sha256)
  const memory = memoryOf(machine, hand, next, seedOf(`${options.seed} ${bootId}`))
  if (!memory) return err({ code: 'no-memory', where: null, detail: 'the kernel finds no RAM to unpack to' })
  const log = files.dmesg
  const sysfs = files['kexec-sysfs']
  return ok({
    ...withoutStale(files),
    uname: nextUname(files.uname ?? '', snapshot.release, next),
    cmdline: `${hand.cmdline}\n`,
    'boot-id': `${bootId}\n`,
    iomem: renderIomem(memory.iomem),
    ...memory.files,
    ...(log === undefined ? {} : { dmesg: nextLog(log, snapshot, hand.cmdline) }),
    ...(sysfs === undefined ? {} : { 'kexec-sysfs': nextSysfs(sysfs, memory.iomem) }),
  })
}

/** The files that say what the next kernel made of its memory; null where it found none to run in. */
function memoryOf(
  machine: Machine,
  hand: HandOver,
  release: KernelRelease,
  seed: number,
): { readonly iomem: readonly IomemEntry[]; readonly files: CaptureFiles } | null {
  if (hand.arch === 'x86_64') {
    const boot = bootX86(machine, hand, release, seed)
    const firmwareMap = boot && renderFirmwareMap(boot.firmwareMap)
    return (
      boot && {
        iomem: boot.iomem,
        files: { 'firmware-memmap': firmwareMap ?? '', 'boot-params': hand.params },
      }
    )
  }
  const { iomem, memory, reserved } = bootArm64(machine, hand, release, seed)
  if (!machine.snapshot.memblock) return { iomem, files: { fdt: hand.tree } }
  const lists = { 'memblock-memory': renderMemblock(memory), 'memblock-reserved': renderMemblock(reserved) }
  return { iomem, files: { ...lists, fdt: hand.tree } }
}

/**
 * The host switched off and on again: its firmware boots what it booted when `firmwareBoot` was captured,
 * under a new boot id. Where its boot loader was told an entry it boots that: another kernel and command line. The
 * addresses stay: what KASLR moves in a boot that nobody captured is not known.
 */
export function coldBoot(
  machine: Machine,
  firmwareBoot: CaptureFiles,
  sha256: Sha256,
  entry: Bootable | null = null,
): CaptureFiles {
  return {
    ...firmwareBoot,
    ...(entry && entryFiles(firmwareBoot, entry)),
    'boot-id': `${nextBootId(machine, sha256)}\n`,
  }
}

/** What shows which boot entry runs. */
function entryFiles({ uname = '', dmesg }: CaptureFiles, { release, cmdline }: Bootable): CaptureFiles {
  const running = readUname(uname)
  const next = release === null ? null : readKernelRelease(release)
  return {
    cmdline: `${cmdline}\n`,
    ...(running.ok && next && { uname: nextUname(uname, running.value.release, next) }),
    ...(dmesg !== undefined && {
      dmesg: dmesg.replace(COMMAND_LINE, (_, said: string) => `${said}${cmdline}`),
    }),
  }
}

const COMMAND_LINE = /(Kernel command line: ).*/

/** A boot id follows from the machine's seed and the boot before: random to look at, the same each run. */
function nextBootId(machine: Machine, sha256: Sha256): string {
  const digest = sha256(
    `boot ${machine.options.seed} ${machine.snapshot.bootId ?? ''} ${machine.files.iomem ?? ''}`,
  )
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `4${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-')
}

function nextUname(uname: string, running: KernelRelease, next: KernelRelease): string {
  return uname.replace(` ${running.text} `, ` ${next.text} `)
}

/** Virtual addresses belong to the boot that is over. */
function withoutStale(files: CaptureFiles): CaptureFiles {
  const { 'kallsyms-few': _addresses, ...rest } = files
  return rest
}

/** Nothing is loaded in a fresh boot, and the crash kernel is as large as the tree says. */
function nextSysfs(sysfs: string, iomem: readonly IomemEntry[]): string {
  const crash = iomem.flatMap((e) => e.children).filter((e) => e.name === 'Crash kernel')
  const size = crash.reduce((sum, e) => sum + sizeOf(e.range), 0)
  return sysfs
    .replace(/^(kexec_(?:crash_)?loaded) .*$/gm, '$1 0')
    .replace(/^kexec_crash_size .*$/m, `kexec_crash_size ${size}`)
}
