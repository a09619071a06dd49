import { only, type Checked, type History } from '../history.ts'

const ENDS = ['landed', 'landed-elsewhere', 'cold-booted', 'failed', 'missing', 'refused'].map(
  (s) => `plan.${s}`,
)

/** Nobody goes before every host of the waves before has settled and was watched for as long as was asked. */
export function wavesInOrder(history: History): Checked {
  const violations: string[] = []
  const endOf = new Map<string, number>()
  for (const { at, action, target } of history.audit)
    if (ENDS.includes(action) && !endOf.has(target)) endOf.set(target, at)
  const memberOf = new Map(history.members.map((m) => [`${m.rollout} ${m.host}`, m]))
  let looked = 0
  const settled = history.asked.map(({ rollout, soakMs }) => {
    const waves = new Map<number, number>()
    for (const m of history.members) {
      if (m.rollout !== rollout || m.plan === null || m.state === 'skipped') continue
      const at = endOf.get(m.plan)
      if (at !== undefined) waves.set(m.wave, Math.max(waves.get(m.wave) ?? 0, at + soakMs))
    }
    return { rollout, waves }
  })
  for (const { at, host, rollout, plan } of only(history, 'handed-out')) {
    const member = memberOf.get(`${rollout} ${host}`)
    const waves = settled.find((s) => s.rollout === rollout)?.waves
    if (!member || !waves) continue
    looked += 1
    for (const [wave, from] of waves)
      if (wave < member.wave && at < from)
        violations.push(
          `${at}: ${host} of wave ${member.wave} was handed ${plan}, wave ${wave} soaks until ${from}`,
        )
  }
  return { looked, violations }
}
