import { planFirmwareBoot, planText, type Bootable, type FirmwarePlan } from '../../planner/index.ts'
import type { BootEntry } from '../../store/boot-entries.ts'
import type { Host } from '../../store/hosts.ts'
import type { Plan } from '../../store/plans.ts'
import { RequestFailed } from '../failure.ts'
import { sha256 } from '../sha256.ts'
import { storedSnapshot } from '../snapshots/stored-snapshot.ts'
import type { Writing } from '../write.ts'
import { keepPlan } from './keep-plan.ts'

/** What the next boot can be known by; a boot entry's version is the kernel's release. */
export function bootable({ version, options }: BootEntry): Bootable {
  return { release: version, cmdline: options }
}

/** Plans a reboot through firmware, and stores that. Errors: `no-snapshot` when the host has posted none. */
export async function makeFirmwarePlan(
  writing: Writing,
  host: Host,
  { bootEntry, mode }: { readonly bootEntry: BootEntry; readonly mode: FirmwarePlan['mode'] },
): Promise<Plan> {
  const row = await writing.rows.snapshots.newest(host.id)
  if (!row) throw new RequestFailed({ code: 'no-snapshot', detail: 'the host has not posted a snapshot yet' })
  const body = planText(planFirmwareBoot(await storedSnapshot(writing.rows, row), bootable(bootEntry), mode))
  const digest = sha256(body)
  const plan = await keepPlan(
    writing,
    {
      ...{ hostId: host.id, snapshotId: row.id, bootEntryId: bootEntry.id },
      ...{ purpose: 'reboot', strategy: 'firmware', digest, body },
    },
    `${mode} reboot through firmware`,
  )
  await writing.audit('plan.create', plan.id, { host: host.id, digest, boot_entry: bootEntry.id, mode })
  return plan
}
