import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  bootGround,
  hardwareText,
  tryBoot,
  type Pin,
  type TrialBoot,
  type TriedBoot,
} from '../../planner/index.ts'
import type { Host } from '../../store/hosts.ts'
import type { LightSnapshot } from '../../store/snapshots.ts'
import type { PolicyRules } from '../../wire/policy.ts'
import type { PolicyTrialHost } from '../../wire/policy-trial.ts'
import { effectivePolicy, plannerPolicy, type Effective } from '../pins/pin-policy.ts'
import { sha256 } from '../sha256.ts'
import { readRequest } from './make-plan.ts'
import { groupsPins } from './plan-grounds.ts'
import { headOf, lineOf, type Inquiry } from './what-if-lines.ts'

export interface Trial {
  readonly rules: PolicyRules
  /** Of each host so many, the newest. */
  readonly boots: number
}

const NOTHING = { boots: [], absent: 0 }

/**
 * One host's remembered boots, each planned for twice: as policy is, and as it would be. Both begin as a host that
 * never had a pin of its own. Errors: none; what goes wrong is told in its line.
 */
export async function policyTrialLine(inquiry: Inquiry, host: Host, trial: Trial): Promise<PolicyTrialHost> {
  if (host.arch !== inquiry.wanted.bootEntry.architecture)
    return { ...headOf(host), ...NOTHING, verdict: 'other-arch', error: null }
  const { snapshot: _, ...line } = await lineOf(inquiry, host, NOTHING, async () => {
    const { rows } = inquiry
    const shown = await rows.snapshots.lastOfBoots(host.id, trial.boots)
    const boots = await tried(inquiry, host, { shown, trial })
    const ever = await rows.timeline.count(host.id, 'snapshot')
    const differs = boots.some((b) => JSON.stringify(b.in_force) !== JSON.stringify(b.trial))
    return {
      snapshot: null,
      boots,
      absent: Math.max(0, ever - (await rows.snapshots.count(host.id))),
      verdict:
        shown.length === 0 ? ('no-snapshot' as const) : differs ? ('differs' as const) : ('same' as const),
    }
  })
  return line as PolicyTrialHost
}

type Tries = PolicyTrialHost['boots']

async function tried(
  { rows, wanted }: Inquiry,
  host: Host,
  { shown, trial }: { readonly shown: readonly LightSnapshot[]; readonly trial: Trial },
): Promise<Tries> {
  const effective = await effectivePolicy(rows, host)
  const policies = [effective, laidOver(effective, trial.rules)].map((policy) => ({
    policy: plannerPolicy(policy),
    rememberBoots: policy.remember_boots.value,
  }))
  const shared = await groupsPins(rows, host.group)
  let pins: readonly (readonly Pin[])[] = policies.map(() => shared)
  const before: Pick<TrialBoot, 'hardware' | 'ground'>[] = []
  const out: Tries = []
  for (const { id, bootId, createdAt } of shown) {
    const { request } = await readRequest(rows, host, { ...wanted, snapshotId: id })
    const boot: TrialBoot = {
      load: request,
      hardware: sha256(hardwareText(request.snapshot)),
      ground: bootGround(request.snapshot, request.booted),
    }
    const ends = policies.map((policy, i) => tryBoot(boot, { pins: pins[i] ?? [], before }, policy, sha256))
    const [inForce, asTried] = ends.map((end) => end.tried as TriedBoot)
    pins = ends.map((end) => end.pins)
    before.push({ hardware: boot.hardware, ground: boot.ground })
    const told = { snapshot: id, boot_id: bootId, at: createdAt.toISOString() }
    out.push({ ...told, in_force: inForce, trial: asTried } as Tries[number])
    await nextTurn()
  }
  return out
}

/** The policy in force, with the rules of a trial in place of its own. */
function laidOver(effective: Effective, rules: PolicyRules): Effective {
  const named = Object.entries(rules).filter(([, value]) => value !== undefined)
  return {
    ...effective,
    ...Object.fromEntries(named.map(([rule, value]) => [rule, { value, from: 'host' }])),
  }
}
