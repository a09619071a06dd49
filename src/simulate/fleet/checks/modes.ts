import { only, type Checked, type History } from '../history.ts'

/** Hosts whose model is denied kexec are sent through firmware, all others are not, and each goes as it was sent. */
export function goesAsItMay(history: History): Checked {
  const violations: string[] = []
  const handedOut = only(history, 'handed-out')
  for (const { at, host, plan, mode } of handedOut)
    if ((mode === 'kexec') === history.denied.has(host))
      violations.push(`${at}: ${host} was sent by ${mode} with ${plan}`)
  const modeOf = new Map(handedOut.map((h) => [h.plan, h.mode]))
  const jumps = only(history, 'jumped')
  for (const { at, host, plan, by } of jumps) {
    const mode = plan === null ? undefined : modeOf.get(plan)
    if (mode !== undefined && (mode === 'kexec') !== (by === 'kexec'))
      violations.push(`${at}: ${host} went by ${by}, and was sent by ${mode}`)
  }
  return { looked: handedOut.length + jumps.length, violations }
}
