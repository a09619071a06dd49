import { only, type AuditLine, type Checked, type History } from '../history.ts'

/** A FleetLock client that was told that it has a lock has a lease, until it gives it up or its term ends. */
export function locksAreLeases(history: History): Checked {
  const { audit, asked } = history
  const violations: string[] = []
  const ttlMs = Math.max(...asked.map((a) => a.ttlMs))
  const calls = only(history, 'lock')
  const got = calls.filter((l) => l.call === 'pre-reboot' && l.status === 200)
  for (const { at, asked: since, client } of got) {
    const own = audit.filter((a) => a.target === client && a.action.startsWith('lease.'))
    const taken = own.findLast((a) => a.action === 'lease.acquire' && a.at <= at)
    if (!taken || endOf(own, taken) < since) {
      violations.push(`${at}: ${client} was given a lock, and holds no lease`)
      continue
    }
    const end = endOf(own, taken)
    // Of a steady-state whose answer was lost nobody knows when it came: from its question on.
    const steady = calls.find((c) => c.client === client && c.call === 'steady-state' && c.at >= taken.at)
    if (end < Math.min(steady?.asked ?? Infinity, taken.at + ttlMs))
      violations.push(`${end}: ${client} lost its lock, and had not given it up`)
  }
  return { looked: got.length, violations }
}

function endOf(own: readonly AuditLine[], taken: AuditLine): number {
  const after = own.slice(own.indexOf(taken) + 1)
  return after.find((a) => a.action === 'lease.release' || a.action === 'lease.lapse')?.at ?? Infinity
}
