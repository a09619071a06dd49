import { only, type Checked, type History } from '../history.ts'

/** From when until when each host that was shut out was. */
export function timesInQuarantine({ audit, last, names }: History) {
  const quarantined = audit.filter((a) => a.action === 'host.quarantine')
  return quarantined.map(({ at, target }) => ({
    host: names.get(target) ?? target,
    from: at,
    until:
      audit.find((a) => a.action === 'host.release' && a.target === target && a.at >= at)?.at ?? last + 1,
  }))
}

/** A host of which there is a copy is in quarantine at once, and gets nothing until somebody releases it. */
export function nothingInQuarantine(history: History): Checked {
  const { audit, names } = history
  const violations: string[] = []
  const times = timesInQuarantine(history)
  const copies = only(history, 'copied')
  for (const { at, host, status } of copies) {
    if (status === 404) continue
    if (status !== 409) violations.push(`${at}: a copy of ${host} was answered ${status}`)
    if (!times.some((t) => t.host === host && t.from <= at && at < t.until))
      violations.push(`${at}: ${host} has a copy and was left alone`)
  }
  let looked = copies.length
  const look = (host: string, at: number, what: string): void => {
    looked += 1
    const time = times.find((t) => t.host === host && t.from < at && at < t.until)
    if (time) violations.push(`${at}: ${host} ${what} in quarantine since ${time.from}`)
  }
  for (const { at, host, plan } of only(history, 'handed-out')) look(host, at, `was handed ${plan}`)
  for (const { at, action, target, detail } of audit) {
    if (action === 'lease.acquire') look(names.get(target) ?? target, at, 'was given a lease')
    const host = String(detail['host'])
    if (action === 'plan.executing') look(names.get(host) ?? host, at, `was let start ${target}`)
  }
  return { looked, violations }
}
