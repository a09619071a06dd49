import type { Checked, History } from '../history.ts'

/** Nobody is granted a reboot while what is asked of the health of the whole is ill or silent, and was as long as a result counts. */
export function nothingWhileIll({ audit, asked, illnesses }: History): Checked {
  const violations: string[] = []
  const validOf = new Map(asked.map((a) => [a.rollout, a.healthyMs]))
  let looked = 0
  for (const { at, action, target, detail } of audit) {
    const rollout = String(detail['rollout'])
    const healthyMs = validOf.get(rollout) ?? null
    if (action !== 'lease.acquire' || healthyMs === null) continue
    looked += 1
    const time = illnesses.find((i) => i.from + healthyMs <= at && at < i.until)
    if (time)
      violations.push(`${at}: ${target} was granted a reboot, and all was ${time.is} since ${time.from}`)
  }
  return { looked, violations }
}
