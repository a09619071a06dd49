import type { Checked, History } from '../history.ts'

/**
 * Nobody is granted a reboot while what is asked of the health of the whole is ill or silent, and was as long as a result
 * counts. Who goes back does not wait for it: what it came up with may be the reason.
 */
export function nothingWhileIll(history: History): Checked {
  const { audit, asked, illnesses } = history
  const violations: string[] = []
  const validOf = new Map(asked.map((a) => [a.rollout, a.healthyMs]))
  let looked = 0
  for (const { at, action, target, detail } of audit) {
    const rollout = String(detail['rollout'])
    const healthyMs = validOf.get(rollout) ?? null
    if (action !== 'lease.acquire' || healthyMs === null || goesBack(history, target, at)) continue
    looked += 1
    const time = illnesses.find((i) => i.from + healthyMs <= at && at < i.until)
    if (time)
      violations.push(`${at}: ${target} was granted a reboot, and all was ${time.is} since ${time.from}`)
  }
  return { looked, violations }
}

/** Of a host that was deleted no timeline is left to tell since when. */
function goesBack({ names, members, timelines }: History, id: string, at: number): boolean {
  const host = names.get(id) ?? id
  if (!members.some((m) => m.host === host && m.fallback !== null)) return false
  return timelines.get(host)?.some((t) => t.kind === 'rollout-fall-back' && t.at <= at) ?? true
}
