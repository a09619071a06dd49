import { denialOf, type ModeTrial } from '../../rollout/reboot-mode.ts'
import { newId } from '../../store/new-id.ts'
import type { PlanState } from '../../store/plan-states.ts'
import type { NewRollout } from '../../wire/rollout-spec.ts'
import type { Writing } from '../write.ts'

/** It writes by itself. */
const BY_ITSELF = 'berth'
const MODE = 'kexec'
const WORKED = ['landed', 'landed-elsewhere']
const DID_NOT = ['cold-booted', 'failed', 'missing']

/** As much as a rule that an operator makes may hold. */
const MOST_EVIDENCE = 20
const MOST_CHARACTERS = 400

/**
 * Denies a hardware model kexec, where its last plans speak against it and the rollout has asked for that.
 *
 * The rule is one like those that operators make: it names plans as its evidence, ends by itself, and can be taken back.
 * Nothing happens while the model is denied kexec already.
 */
export async function denyModel(
  { rows, at, audit }: Writing,
  ended: Pick<PlanState, 'hostId' | 'state'>,
  { id, rule }: { readonly id: string; readonly rule: NewRollout['deny_model'] },
): Promise<void> {
  const host = DID_NOT.includes(ended.state) ? await rows.hosts.get(ended.hostId) : null
  if (!rule || !host) return
  const model = host.hardwareModel
  // Hosts that do not say what they are have nothing in common.
  if (model === '' || model === 'unknown') return
  const known = await rows.rebootRules.denials(model)
  if (known.some((r) => r.mode === MODE && (r.expiresAt === null || r.expiresAt > at))) return
  const withinMs = rule.within_seconds * 1000
  const plans = await rows.planStates.kexecEnds(model, {
    states: [...WORKED, ...DID_NOT],
    after: new Date(at.getTime() - withinMs),
  })
  const trials = plans.map(({ planId, hostId, state, since, detail }): ModeTrial => ({
    ...{ host: hostId, mode: MODE, worked: WORKED.includes(state), at: since.getTime() },
    because: `${state} (${planId})${detail === '' ? '' : `: ${detail.slice(0, MOST_CHARACTERS)}`}`,
  }))
  const limits = { hosts: rule.hosts, withinMs, lastsMs: rule.lasts_seconds * 1000 }
  const denial = denialOf({ model, mode: MODE }, trials, limits, at.getTime())
  if (!denial || denial.expiresAt === null) return
  const evidence = denial.evidence.slice(0, MOST_EVIDENCE)
  const expiresAt = new Date(denial.expiresAt)
  const reason = `kexec failed on ${denial.evidence.length} hosts of this model, and ${id} denies it at ${rule.hosts}`
  const row = await rows.rebootRules.insert({
    ...{ id: newId('rule', at), kind: 'denial', hostId: null, model, mode: MODE, reason, expiresAt },
    ...{ evidence: JSON.stringify(evidence), usedBy: null, createdAt: at, createdBy: BY_ITSELF },
  })
  await rows.rollouts.touchStarted()
  const detail = { hardware_model: model, mode: MODE, evidence, expires_at: expiresAt.toISOString(), reason }
  await audit('reboot-rule.create', row.id, detail, BY_ITSELF)
}
