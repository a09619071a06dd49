import type { z } from 'zod'
import { newId } from '../../store/new-id.ts'
import type { Host } from '../../store/hosts.ts'
import type { HostPatch } from '../../wire/host.ts'
import type { Writing } from '../write.ts'

/** Changes what an operator says of a host; a rollout that has it looks at it anew. */
export async function changeHost(
  { rows, at, audit, announce }: Writing,
  host: Host,
  patch: z.infer<typeof HostPatch>,
): Promise<Host> {
  const { labels, group, hardware_model: hardwareModel, opt_out, reboot_mode, certificate } = patch
  const changed = await rows.hosts.update(host.id, {
    ...(labels && { labels }),
    ...(group !== undefined && { group }),
    ...(hardwareModel !== undefined && { hardwareModel }),
    ...(opt_out !== undefined && { optOutReason: opt_out?.reason ?? null, optOutAt: opt_out && at }),
    ...(certificate !== undefined && { certificate }),
    ...(reboot_mode !== undefined && { rebootMode: reboot_mode && JSON.stringify(reboot_mode) }),
  })
  if (opt_out !== undefined) {
    const kind = opt_out ? 'opted-out' : 'opted-in'
    const event = { id: newId('ev', at), hostId: host.id, at, kind, plan: null, snapshot: null }
    await rows.timeline.append({ ...event, detail: opt_out?.reason ?? '' })
  }
  if (opt_out !== undefined || reboot_mode !== undefined || hardwareModel !== undefined) {
    await rows.rollouts.touchStarted()
    announce(host.id)
  }
  await audit('host.change', host.id, patch)
  return changed
}
