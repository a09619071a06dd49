import type { ArchName } from '../names.ts'
import type { Snapshot } from '../read/snapshot.ts'
import { check, kernelCode, type Evidence, type Landing } from './landing.ts'
import { hex } from '../bytes/phys-addr.ts'

/** What a boot entry says that the next boot can be known by; the release where it names one. */
export interface Bootable {
  readonly release: string | null
  readonly cmdline: string
}

/** The plan of a reboot through firmware: nothing is placed, so it only says what is to run afterwards. */
export interface FirmwarePlan {
  readonly purpose: 'reboot'
  readonly strategy: 'firmware'
  /** `powercycle` takes the power away too. */
  readonly mode: 'cold' | 'powercycle'
  readonly expected: Bootable
  readonly inputs: {
    readonly arch: ArchName
    readonly release: string
    readonly boot_id: string | null
  }
}

/** A plan for the boot that `snapshot` is of. The same inputs give the same bytes: see `planText`. */
export function planFirmwareBoot(
  { arch, release, bootId }: Snapshot,
  { release: wanted, cmdline }: Bootable,
  mode: FirmwarePlan['mode'],
): FirmwarePlan {
  return {
    purpose: 'reboot',
    strategy: 'firmware',
    mode,
    expected: { release: wanted, cmdline },
    inputs: { arch, release: release.text, boot_id: bootId },
  }
}

/**
 * Judges such a plan by the snapshot of the boot after it: `cold-booted` is what was asked for, and
 * `landed-elsewhere` means that firmware booted something else.
 */
export function judgeFirmwareBoot({ inputs, expected }: FirmwarePlan, after: Snapshot): Landing {
  const code = kernelCode(after.iomem)
  const shown = { certainty: 'exact', kernel_code: code === null ? null : hex(code) } as const
  const moved = inputs.boot_id !== null && after.bootId !== null && inputs.boot_id !== after.bootId
  if (!moved) return { verdict: 'not-yet', ...shown, evidence: [] }
  const booted = check('boot_id', `other than ${inputs.boot_id}`, after.bootId ?? 'none', true)
  const evidence = [booted, ...bootEvidence(expected, after)]
  return { verdict: evidence.every((e) => e.holds) ? 'cold-booted' : 'landed-elsewhere', ...shown, evidence }
}

/** Such a plan for people. */
export function renderFirmwarePlan({ mode, inputs, expected }: FirmwarePlan): string {
  return [
    `plan firmware reboot, ${mode}`,
    `from boot ${inputs.boot_id ?? 'unknown'}, kernel ${inputs.release}, ${inputs.arch}`,
    `to kernel ${expected.release ?? 'of any release'}, command line: ${expected.cmdline}`,
    '',
  ].join('\n')
}

/** Whether a host runs a boot entry, however it came to that. */
export function runsEntry(entry: Bootable, snapshot: Snapshot): boolean {
  return bootEvidence(entry, snapshot).every((e) => e.holds)
}

function bootEvidence(
  { release, cmdline }: Bootable,
  { cmdline: found, release: runs }: Snapshot,
): Evidence[] {
  const out = [check('cmdline', cmdline, found, withoutLoader(cmdline) === withoutLoader(found))]
  if (release !== null) out.push(check('release', release, runs.text, release === runs.text))
  return out
}

/** Boot loaders add words of their own, which say where they found kernel and initrd. */
function withoutLoader(cmdline: string): string {
  const words = cmdline.split(/\s+/).filter((word) => word !== '' && !/^(BOOT_IMAGE|initrd)=/.test(word))
  return words.join(' ')
}
