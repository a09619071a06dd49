import { isSigned } from '../planner/image/signed-image.ts'
import { crashArea } from '../planner/kdump/crash-area.ts'
import { sizeOf } from '../planner/bytes/range.ts'
import { memoryMap } from '../planner/memory/memory-map.ts'
import { LOADERS, preflight, type Loader, type PreflightCheck } from '../planner/preflight/preflight.ts'
import type { CaptureFiles } from '../planner/read/capture-files.ts'
import { readSnapshot, type Snapshot } from '../planner/read/snapshot.ts'
import { fileName } from './capture-folder.ts'
import { inputErrorLine } from './input-error.ts'
import { exactSize } from './size.ts'

export type DoctorVerdict = 'ok' | 'warn' | 'fail'

/** One thing that was looked at: how it stands, what that means, and what to do; null where there is nothing to do. */
export interface Diagnosis {
  readonly check: string
  readonly verdict: DoctorVerdict
  readonly says: string
  readonly advice: string | null
}

export function well(check: string, says: string): Diagnosis {
  return { check, verdict: 'ok', says, advice: null }
}

export function unwell(
  check: string,
  verdict: Exclude<DoctorVerdict, 'ok'>,
  says: string,
  advice: string,
): Diagnosis {
  return { check, verdict, says, advice }
}

/**
 * What the files of a host say of what Berth and kexec can do there.
 *
 * `head`: the first 4 KiB of the kernel that it shall start, where one is named.
 */
export function diagnose(files: CaptureFiles, head?: Uint8Array): readonly Diagnosis[] {
  const read = readSnapshot(files)
  if (!read.ok) return read.error.map((error) => unreadable(error))
  const snapshot = read.value
  const { arch, release } = snapshot
  return [
    well('files', `${arch}, ${release.text}: everything that a plan needs can be read`),
    memblock(snapshot),
    ...firmware(snapshot),
    ...loaders(snapshot, head ? isSigned(head) : null),
    crashkernel(snapshot),
  ]
}

function unreadable(error: Parameters<typeof inputErrorLine>[0]): Diagnosis {
  const file = fileName(error.file as Parameters<typeof fileName>[0])
  const advice = {
    'masked-addresses': 'read as root: who may not see addresses sees zeros',
    'missing-file': 'read as root, with debugfs mounted on /sys/kernel/debug',
    'unknown-arch': 'Berth cannot plan for this machine',
  }[error.code]
  return unwell('files', 'fail', inputErrorLine({ ...error, file }), advice ?? 'capture it again')
}

function memblock({ memblock, arch }: Snapshot): Diagnosis {
  const check = 'memblock'
  if (memblock) return well(check, 'what boot has reserved can be read')
  if (arch === 'x86_64') return well(check, 'x86_64 does not keep it after boot; nothing needs it')
  const says = 'what boot has reserved cannot be read: plans go by iomem alone'
  return unwell(check, 'warn', says, 'mount debugfs on /sys/kernel/debug, and read as root')
}

function firmware({ arch, efi, fdt, secureBoot }: Snapshot): readonly Diagnosis[] {
  const boot = efi ? 'booted by UEFI' : arch === 'arm64' ? 'booted by a device tree' : 'booted by a BIOS'
  const secure = secureBoot === null ? '' : `, Secure Boot is ${secureBoot ? 'on' : 'off'}`
  const found = [well('firmware', `${boot}${secure}`)]
  if (arch !== 'arm64') return found
  const says = 'no device tree can be read: the size of what the next kernel gets is not known'
  const advice = 'read /sys/firmware/fdt as root; the kernel needs it built in (CONFIG_OF)'
  return [
    ...found,
    fdt
      ? well('device tree', 'the device tree of this boot can be read')
      : unwell('device tree', 'warn', says, advice),
  ]
}

/** One loader is enough; that neither would do is what is wrong. */
function loaders(snapshot: Snapshot, signed: boolean | null): readonly Diagnosis[] {
  const told = LOADERS.map((loader) => ({ loader, checks: preflight(snapshot, { loader, signed }) }))
  const bad = told.every(({ checks }) => checks.some((c) => c.verdict === 'refused')) ? 'fail' : 'warn'
  return told.flatMap(({ loader, checks }) => {
    const open = checks.filter((c) => c.verdict !== 'ready')
    if (open.length === 0) return [well(loader, 'the running kernel would take a load')]
    return open.map((c) => loadCheck(loader, c, bad))
  })
}

function loadCheck(
  loader: Loader,
  { verdict, sentence, file }: PreflightCheck,
  bad: 'warn' | 'fail',
): Diagnosis {
  if (verdict === 'unknown')
    return unwell(loader, 'warn', sentence, `see ${fileName(file)} of a capture made as root`)
  const [says = sentence, advice = 'load by the other system call'] = sentence.split(/: (.*)/s)
  return unwell(loader, bad, says, advice)
}

function crashkernel(snapshot: Snapshot): Diagnosis {
  const check = 'crashkernel'
  const asked = /(?:^|\s)crashkernel=(\S+)/.exec(snapshot.cmdline)?.[1]
  const area = crashArea(memoryMap(snapshot))
  if (area)
    return well(
      check,
      `${exactSize(sizeOf(area.main))} are reserved${asked ? `, crashkernel=${asked} was asked for` : ''}`,
    )
  if (asked === undefined) {
    const says = 'no memory is reserved for a crash kernel: no dump after a panic'
    return unwell(
      check,
      'warn',
      says,
      'boot with crashkernel=; `berth host placements --purpose crash` advises on its size',
    )
  }
  const says = `crashkernel=${asked} was asked for, and nothing is reserved`
  return unwell(check, 'fail', says, 'ask for less, or for memory above 4 GiB with crashkernel=SIZE,high')
}
