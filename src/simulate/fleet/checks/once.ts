import { only, type Checked, type History } from '../history.ts'

/** No grant reboots two hosts or one host twice, and nobody jumps who was not granted it and had not said so. */
export function onceForEachGrant(history: History): Checked {
  const violations: string[] = []
  const poolOf = new Map(history.asked.map((a) => [a.rollout, a.pool]))
  const grantOf = new Map<string, { readonly host: string; readonly grant: string }>()
  for (const { at, host, plan, rollout, fence } of only(history, 'handed-out')) {
    const grant = `${poolOf.get(rollout ?? '') ?? rollout} ${fence}`
    const before = grantOf.get(plan)
    if (before && (before.host !== host || before.grant !== grant))
      violations.push(
        `${at}: ${plan} was handed to ${before.host} for ${before.grant}, now to ${host} for ${grant}`,
      )
    grantOf.set(plan, { host, grant })
  }
  const announced = new Map<string, number>()
  for (const { at, host, plan, phase, status } of only(history, 'reported')) {
    const key = `${host} ${plan}`
    if (phase === 'executing' && status < 300 && !announced.has(key)) announced.set(key, at)
  }
  const used = new Map<string, string>()
  const jumps = only(history, 'jumped')
  for (const { at, host, plan } of jumps) {
    const granted = plan === null ? undefined : grantOf.get(plan)
    if (plan === null || granted?.host !== host) {
      violations.push(`${at}: ${host} jumped with ${plan}, which it was not handed`)
      continue
    }
    const by = used.get(granted.grant)
    if (by !== undefined) violations.push(`${at}: ${host} jumped with grant ${granted.grant}, as ${by} had`)
    used.set(granted.grant, host)
    if ((announced.get(`${host} ${plan}`) ?? Infinity) > at)
      violations.push(`${at}: ${host} jumped with ${plan} before the service had agreed`)
  }
  return { looked: jumps.length, violations }
}
