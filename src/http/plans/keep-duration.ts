import type { FirmwarePlan, PlanBody, Snapshot } from '../../planner/index.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { Landing } from '../../wire/plan.ts'
import type { RebootWay } from '../../wire/reboot-duration.ts'
import type { Writing } from '../write.ts'

/**
 * Keeps how long a host was away: from when it said that it jumps until the snapshot of its next boot came, both by
 * the service's clock.
 *
 * Nothing is kept where nobody heard of the jump: when it began is not known then.
 */
export async function keepDuration(
  { rows, at }: Writing,
  { planId, hostId, state, since }: PlanState,
  by: {
    readonly body: PlanBody | FirmwarePlan
    readonly after: Snapshot
    readonly verdict: Landing['verdict']
  },
): Promise<void> {
  const kind = 'plan-executing'
  const jumped = state === 'executing' ? since : await rows.timeline.last({ hostId, plan: planId, kind })
  const host = jumped && (await rows.hosts.get(hostId))
  if (!jumped || !host) return
  await rows.rebootDurations.insert({
    ...{
      planId,
      at,
      way: wayOf(by.body, by.verdict),
      arch: by.after.arch,
      hardwareModel: host.hardwareModel,
    },
    seconds: (at.getTime() - jumped.getTime()) / 1000,
  })
}

/** What a kexec was meant to boot and does not run came up by something else: firmware, or somebody's hand. */
function wayOf(body: PlanBody | FirmwarePlan, verdict: Landing['verdict']): RebootWay {
  if (body.strategy === 'firmware') return body.mode
  return verdict === 'cold-booted' ? 'other' : 'kexec'
}
