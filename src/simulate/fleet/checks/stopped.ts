import { only, type Asked, type AuditLine, type Checked, type History } from '../history.ts'
import { FLEET } from '../watch.ts'

const LIFTS = ['rollout.resume', 'rollout.cancel', 'pause.end']

interface Stop {
  readonly rollout: string
  readonly from: number
  readonly until: number
  readonly because: string
}

/**
 * Before a rollout is approved, while it or the fleet is paused or it is halted, or once it has ended, it hands nothing
 * out and lets nobody start.
 *
 * At the very instant of a pause either may have come first.
 */
export function nothingWhileStopped(history: History): Checked {
  const violations: string[] = []
  const stops = stopsOf(history)
  const within = (rollout: unknown, at: number): Stop | undefined =>
    stops.find((s) => (s.rollout === rollout || s.rollout === FLEET) && s.from < at && at < s.until)
  let looked = 0
  const look = (rollout: unknown, at: number, what: string): void => {
    looked += 1
    const stop = within(rollout, at)
    if (stop) violations.push(`${at}: ${what} while ${rollout} was ${stop.because} since ${stop.from}`)
  }
  const rolloutOf = new Map<string, string | null>()
  for (const { at, host, plan, rollout } of only(history, 'handed-out')) {
    rolloutOf.set(plan, rollout)
    if (rollout !== null) look(rollout, at, `${host} was handed ${plan}`)
  }
  for (const { at, action, target, detail } of history.audit) {
    if (action === 'lease.acquire') look(detail['rollout'], at, `${target} was given a lease`)
    if (action === 'plan.executing') look(rolloutOf.get(target), at, `${target} was let start`)
  }
  return { looked, violations }
}

/** By what operators were answered, and by when the service says that it stopped by itself. */
function stopsOf(history: History): Stop[] {
  const { audit, last } = history
  const stops: Stop[] = []
  const pair = (
    events: readonly AuditLine[],
    begins: string,
    ends: readonly string[],
    because: string,
  ): void => {
    for (const [i, { at, action, target }] of events.entries()) {
      if (action !== begins) continue
      const end = events.slice(i + 1).find((e) => e.target === target && ends.includes(e.action))
      stops.push({ rollout: target, from: at, until: end?.at ?? last + 1, because })
    }
  }
  for (const asked of history.asked) stops.push(untilApproved(history, asked))
  pair(audit, 'rollout.halt', ['rollout.acknowledge', 'rollout.cancel'], 'halted')
  pair(audit, 'rollout.cancel', [], 'cancelled')
  pair(audit, 'rollout.finish', [], 'done')
  const commands = only(history, 'commanded').filter((c) => c.host === null && c.status < 300)
  const paused = commands
    .filter((c) => c.command === 'pause')
    .map((c) => ({ at: c.at, actor: '', action: 'pause', target: c.rollout, detail: {} }))
  // Of a pause its answer counts; when it was lifted only the service knows, since that answer may be lost.
  const lifted = audit.filter((a) => LIFTS.includes(a.action))
  const events = [...paused, ...lifted].sort((a, b) => a.at - b.at)
  pair(events, 'pause', LIFTS, 'paused')
  return stops
}

/** As many people have approved it as were asked for, and none of them has written it. */
function untilApproved({ audit, last, start }: History, { rollout, approvals }: Asked): Stop {
  const own = audit.filter((a) => a.target === rollout)
  const author = own.find((a) => a.action === 'rollout.create')?.actor
  const people = new Set<string>()
  let until = approvals === 0 ? start : last + 1
  for (const { at, actor } of own.filter((a) => a.action === 'rollout.approve' && a.actor !== author)) {
    people.add(actor)
    if (people.size >= approvals) until = Math.min(until, at)
  }
  return { rollout, from: start - 1, until, because: 'not approved' }
}
