import type { Millis } from './millis.ts'
import { orderOf, type OrderedHost } from './order.ts'
import type { Hold, Member, Rollout } from './rollout.ts'
import type { RolloutSpec } from './spec.ts'

/** A host as it is taken into a rollout. */
export interface Recruit extends OrderedHost {
  readonly quarantined: Hold | null
  readonly optedOut: Hold | null
  readonly preflight: Hold | null
}

/** A rollout that nobody has handed in yet. */
export function draft(id: string, author: string, now: Millis): Rollout {
  return {
    id,
    author,
    phase: 'draft',
    phaseSince: now,
    wave: 0,
    waveSince: null,
    pauses: [],
    halt: null,
    acknowledgedAt: null,
    approvals: [],
  }
}

/** Its members, wave by wave in the order of the preview. */
export function enlist(
  spec: Pick<RolloutSpec, 'waves' | 'failureDomain'>,
  hosts: readonly Recruit[],
  now: Millis,
): readonly Member[] {
  const recruits = new Map(hosts.map((h) => [h.host, h]))
  return orderOf(spec, hosts).flatMap((hostsOfWave, wave) =>
    hostsOfWave.map(({ host, domain }): Member => {
      const { quarantined, optedOut, preflight } = recruits.get(host) as Recruit
      return {
        host,
        wave,
        domain,
        state: 'waiting',
        since: now,
        because: 'taken into the rollout',
        outcome: null,
        acknowledged: false,
        failures: 0,
        heardAt: null,
        fence: null,
        boot: null,
        plan: null,
        mode: 'kexec',
        fallback: null,
        quarantined,
        optedOut,
        preflight,
        pauses: [],
      }
    }),
  )
}
