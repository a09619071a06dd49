import { bodyOf, isGood, only, type Check } from '../history.ts'

/** Who follows events is told each once, in order, whichever replica he comes to, and none is left out. */
export const eventsWhole: Check = ({ told, toldAfter, held }) => {
  const violations: string[] = []
  const known = new Map(held.events.map((event) => [event.seq, event]))
  let last = toldAfter
  for (const { seq, kind, host } of told) {
    const row = known.get(seq)
    if (seq <= last) violations.push(`${seq} was told after ${last}`)
    if (row === undefined) violations.push(`${seq} was told, and is not there`)
    else if (row.kind !== kind || row.host !== host) violations.push(`${seq} was told as ${kind} of ${host}`)
    last = Math.max(last, seq)
  }
  const heard = new Set(told.map(({ seq }) => seq))
  const missed = held.events.filter(({ seq }) => seq > toldAfter && seq <= last && !heard.has(seq))
  violations.push(...missed.map(({ seq, kind }) => `${seq} (${kind}) was left out`))
  return { looked: told.length, violations }
}

/** Whoever waits looks again after two seconds, and has a connection and a machine that may be slow. Units: milliseconds. */
const PATIENCE_MS = 20_000

/** A plan that was assigned at one replica comes to the agent that waits at another, long before its wait is over. */
export const pollsWoken: Check = (history) => {
  const assigned = only(history, 'plan').filter((one) => isGood(one) && one.mark === 'assigned')
  const polls = only(history, 'poll')
  const violations = assigned.flatMap((one) => {
    const { id } = bodyOf<{ id: string }>(one)
    const late = polls.find(
      (poll) =>
        poll.client === one.about &&
        poll.status === 204 &&
        poll.began < one.began &&
        poll.ended > one.ended + PATIENCE_MS,
    )
    if (late)
      return [
        `${late.id} ended without ${id}, which was assigned ${Math.round(late.ended - one.ended)} ms before`,
      ]
    return []
  })
  return { looked: assigned.length, violations }
}

/** The service's own rows are in the order in which they came to be so: numbers of the audit, and of events, agree. */
export const auditInOrder: Check = ({ held }) => {
  const events = held.events.filter(({ kind }) => kind.startsWith('lease.'))
  const audit = held.audit.filter(({ action }) => action.startsWith('lease.'))
  const lines = audit.map(({ action, target }) => `${action} ${target.startsWith('host_') ? target : null}`)
  const told = events.map(({ kind, host }) => `${kind} ${host}`)
  const first = lines.findIndex((line, i) => line !== told[i])
  return {
    looked: audit.length,
    violations:
      lines.length === told.length && first < 0
        ? []
        : [`of ${lines.length} lines and ${told.length} events of leases number ${first} differs`],
  }
}
