import type { Hold } from '../../rollout/rollout.ts'
import type { Rows } from '../../store/open-store.ts'
import { rebootModeOf, type RulesAsked } from './reboot-mode.ts'

/** The hosts whose kernel would refuse a load, and why; who is to go through firmware needs none and is not in it. */
export async function readPreflight(rows: Rows, at: Date): Promise<ReadonlyMap<string, Hold>> {
  const refused = await rows.hosts.refused()
  const holds = new Map<string, Hold>()
  if (refused.length === 0) return holds
  const rules = await rows.rebootRules.open()
  const overrides = new Map(
    rules.flatMap((r) => (r.kind === 'override' && r.hostId ? [[r.hostId, r] as const] : [])),
  )
  const rebootRules: RulesAsked = {
    override: async (hostId: string) => overrides.get(hostId) ?? null,
    denials: async (model: string) => rules.filter((r) => r.kind === 'denial' && r.model === model),
  }
  for (const host of refused) {
    const { mode } = await rebootModeOf({ rebootRules }, host, at)
    const { loadRefusal: because, loadRefusalSince: since } = host
    if (mode === 'kexec' && because !== null && since !== null)
      holds.set(host.id, { since: since.getTime(), because })
  }
  return holds
}
