import { only, type Checked, type History } from '../history.ts'

/** No plan is loaded in another boot, or over other memory, than it was made for. */
export function onFreshMaps(history: History): Checked {
  const violations: string[] = []
  const plans = new Map(only(history, 'handed-out').map((h) => [h.plan, h]))
  const loads = only(history, 'loaded')
  for (const { at, host, plan, bootId, memory } of loads) {
    const made = plan === null ? undefined : plans.get(plan)
    if (!made) violations.push(`${at}: ${host} loaded ${plan}, which nobody was handed`)
    else if (made.bootId !== bootId)
      violations.push(`${at}: ${host} loaded ${plan}, made for boot ${made.bootId}, in ${bootId}`)
    else if (made.memory !== memory) violations.push(`${at}: ${host} loaded ${plan} over other memory`)
  }
  return { looked: loads.length, violations }
}
