import { modeOf, type ChosenMode, type ModeDenial, type RebootMode } from '../../rollout/reboot-mode.ts'
import type { Host } from '../../store/hosts.ts'
import type { RebootRule } from '../../store/reboot-rules.ts'
import type { RebootModeSetting } from '../../wire/reboot-mode.ts'

/** What is asked of the rules of the store. */
export interface RulesAsked {
  override(hostId: string): Promise<RebootRule | null>
  denials(model: string): Promise<readonly RebootRule[]>
}

/** How a host will be rebooted, why, and the one-shot rule that says so, where one does. */
export async function rebootModeOf(
  { rebootRules }: { readonly rebootRules: RulesAsked },
  host: Pick<Host, 'id' | 'hardwareModel' | 'rebootMode'>,
  at: Date,
): Promise<ChosenMode & { readonly override: string | null }> {
  const set = host.rebootMode === null ? null : (JSON.parse(host.rebootMode) as RebootModeSetting)
  const override = await rebootRules.override(host.id)
  const denials = await rebootRules.denials(host.hardwareModel)
  const chosen = modeOf(
    {
      model: host.hardwareModel,
      setting: set && {
        mode: set.mode,
        because: set.reason,
        expiresAt: set.expires_at === null ? null : Date.parse(set.expires_at),
      },
      override: override && { ...ruled(override), usedBy: override.usedBy },
      denials: denials.map(denialOf),
    },
    at.getTime(),
  )
  return { ...chosen, override: chosen.from === 'override' ? (override?.id ?? null) : null }
}

function denialOf(row: RebootRule): ModeDenial {
  const { mode, expiresAt } = ruled(row)
  return { model: row.model ?? '', mode, evidence: JSON.parse(row.evidence) as string[], expiresAt }
}

function ruled({ mode, reason, expiresAt }: RebootRule) {
  return { mode: mode as RebootMode, because: reason, expiresAt: expiresAt?.getTime() ?? null }
}
