import { readSnapshot, type CaptureFiles, type FirmwarePlan, type Result } from '../planner/index.ts'
import { failed, type AgentFailure } from './failure.ts'
import type { HandedOut } from './handed-out.ts'

/** A plan to go through firmware; null for one that is loaded. */
export function firmwarePlan({ plan }: HandedOut): FirmwarePlan | null {
  return plan.body.strategy === 'firmware' ? plan.body : null
}

/** How an assignment wants this host to go: its plan says it, and that is under the digest. */
export function modeOf(assignment: HandedOut): FirmwarePlan['mode'] | 'kexec' {
  return firmwarePlan(assignment)?.mode ?? 'kexec'
}

/**
 * Whether this boot may go through firmware as planned.
 *
 * Errors: `bad-capture`; `stale-plan` for another boot; `wrong-image` where the boot entry is not the planned one;
 * `no-power-cycle` where nobody here can take the power away.
 */
export async function mayGoByFirmware(
  { inputs, expected, mode }: FirmwarePlan,
  { boot_entry }: Pick<HandedOut, 'boot_entry'>,
  { files, canPowerCycle }: { readonly files: CaptureFiles; readonly canPowerCycle: () => Promise<boolean> },
): Promise<Result<null, AgentFailure>> {
  const snapshot = readSnapshot(files)
  if (!snapshot.ok) {
    const first = snapshot.error[0]
    return failed('bad-capture', `${first?.file} line ${first?.line}: expected ${first?.expected}`)
  }
  const { bootId } = snapshot.value
  if (inputs.boot_id === null || inputs.boot_id !== bootId)
    return failed('stale-plan', `made for boot ${inputs.boot_id}, this is boot ${bootId}`)
  if (boot_entry.options !== expected.cmdline || boot_entry.version !== expected.release)
    return failed('wrong-image', 'the boot entry is not the planned one')
  if (mode === 'powercycle' && !(await canPowerCycle()))
    return failed(
      'no-power-cycle',
      'nothing executable lies in power-cycle.d: this host cannot take its power away',
    )
  return { ok: true, value: null }
}
