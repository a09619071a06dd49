import { MINUTE_MS, type Millis } from '../../src/rollout/millis.ts'
import { stateOf, type Member, type RolloutState } from '../../src/rollout/rollout.ts'
import { WEEKDAYS, type Window } from '../../src/rollout/window.ts'
import { wallClock } from './clock.ts'

/** One step of a run: what there was, what there is now, and what a host was let do. */
export interface Step {
  readonly now: Millis
  readonly what: string
  readonly before: RolloutState
  readonly after: RolloutState
  /** A host that asked: whatever it was told, it is up. */
  readonly asked?: string
  /** A start that was accepted, and the boot that the host was in. */
  readonly started?: { readonly host: string; readonly fence: number; readonly boot: string }
  /** An outcome that was accepted. */
  readonly judged?: { readonly host: string; readonly outcome: string; readonly runs: boolean }
  /** A host that was to go back, and was booted otherwise, and is back. */
  readonly cameBack?: string
  /** The last step of a run: all time has passed that anything could wait for. */
  readonly last?: boolean
}

/** What must never be seen, said apart from the code that must not do it. Each says what is wrong, or null. */
export const INVARIANTS: { readonly [name: string]: (history: readonly Step[]) => string | null } = {
  /** Never more holders than slots, never more hosts away than may be. */
  holders: each((step) => {
    const { after, before, now } = step
    const fresh = after.pool.leases.filter((l) => !before.pool.leases.some((b) => b.fence === l.fence))
    const live = after.pool.leases.filter((l) => l.renewedAt + after.pool.policy.ttlMs > now)
    if (fresh.length === 0 || live.length <= after.pool.policy.slots) return null
    return `${live.length} holders of ${after.pool.policy.slots}`
  }),

  unavailable: each((step) => {
    const { maxUnavailable: most } = step.after.spec
    const total = step.after.members.length
    const limit = 'count' in most ? most.count : Math.max(1, Math.floor((total * most.percent) / 100))
    const away = awayIn(step.after).length
    return leaving(step).length === 0 || away <= limit ? null : `${away} away of ${limit}`
  }),

  /** Nothing is granted and nothing starts outside the windows, or in a freeze. */
  calendar: each((step) => {
    if (granted(step).length + begun(step).length === 0) return null
    const { windows, freezes } = step.after.spec
    if (freezes.some((f) => f.from <= step.now && step.now < f.until)) return 'in a freeze'
    return windows.length === 0 || windows.some((w) => isOpen(w, step.now)) ? null : 'outside every window'
  }),

  /** No grant is used by two boots, and no fencing token is given twice or falls. */
  once: (history) => {
    const boots = new Map<number, string>()
    let highest = 0
    for (const step of history) {
      for (const { fence } of granted(step)) {
        if ((fence as number) <= highest) return `fence ${fence} after ${highest}`
        highest = fence as number
      }
      const { started } = step
      if (!started) continue
      const by = `${started.host} ${started.boot}`
      if ((boots.get(started.fence) ?? by) !== by) return `grant ${started.fence} was used twice`
      boots.set(started.fence, by)
    }
    return null
  },

  /** A rollout that doesn't run grants nothing and lets nothing start. */
  stopped: each((step) => {
    const { phase, halt, pauses } = step.after.rollout
    const runs = phase === 'started' && halt === null && pauses.every((p) => p.until !== null)
    return runs || granted(step).length + begun(step).length === 0 ? null : `granted while it did not run`
  }),

  /** Nothing is granted to a host of a paused scope, and nothing of it starts. */
  standing: each((step) => {
    const pausesOf = (host: string) => step.before.members.find((m) => m.host === host)?.pauses ?? []
    const held = [...granted(step), ...begun(step)].filter(({ host }) =>
      pausesOf(host).some((p) => p.from <= step.now && (p.until === null || step.now < p.until)),
    )
    return held.length === 0 ? null : `${held.map((m) => m.host).join(', ')} while its scope is paused`
  }),

  /** A wave opens when all before it have settled, and the soak has passed since the last of them did. */
  waves: (history) => {
    const settledAt = new Map<string, Millis>()
    for (const step of history) {
      for (const member of step.after.members) {
        const was = step.before.members.find((m) => m.host === member.host) as Member
        if (!isOut(step.before, was) && isOut(step.after, member)) settledAt.set(member.host, step.now)
      }
      const { wave } = step.after.rollout
      if (granted(step).some((m) => m.wave > wave)) return 'granted before its turn'
      if (wave === step.before.rollout.wave) continue
      for (const member of step.after.members.filter((m) => m.wave < wave)) {
        if (!isOut(step.after, member)) return `${member.host} is still ${member.state}`
        if ((settledAt.get(member.host) ?? 0) + step.after.spec.soakMs > step.now)
          return `${member.host} was not watched long enough`
      }
    }
    return null
  },

  /** The failure-domain rule. */
  domains: each((step) => {
    const rule = step.after.spec.failureDomain
    if (rule === null || leaving(step).length === 0) return null
    const domains = awayIn(step.after)
    const known = new Set(domains.filter((d) => d !== null))
    const unknown = domains.filter((d) => d === null).length
    if (rule.perDomain === null) {
      const good = domains.length <= 1 || (unknown === 0 && known.size === 1)
      return good ? null : `away at once: ${domains.join(', ')}`
    }
    for (const { domain } of leaving(step)) {
      const counted = domain === null ? [...known, null] : [domain]
      for (const d of counted) {
        const n = domains.filter((other) => other === d || other === null).length
        if (n > rule.perDomain) return `${n} of ${d} are away`
      }
    }
    return null
  }),

  /** Once time has run on no host is left on its way. */
  ends: each((step) => {
    if (!step.last) return null
    const left = step.after.members.filter((m) =>
      ['waiting', 'granted', 'rebooting', 'rolling-back'].includes(m.state),
    )
    return left.length === 0 ? null : `${left.map((m) => `${m.host} is ${m.state}`).join(', ')}`
  }),

  /** A host that speaks is not missing, but for one that has begun to go and whose boot nobody has judged. */
  speaks: (history) => {
    const away = new Set<string>()
    for (const step of history) {
      const { started, judged, asked } = step
      if (started) away.add(started.host)
      if (judged) away.delete(judged.host)
      if (asked === undefined || away.has(asked) || stateOf(step.after.rollout) === 'cancelled') continue
      const now = step.after.members.find((m) => m.host === asked)
      if (now?.state === 'missing') return `${asked} speaks and is missing: ${now.because}`
    }
    return null
  },

  /** A host goes back once at most, to one thing, and then it goes nowhere. */
  back: (history) => {
    const went = new Set<string>()
    for (const step of history) {
      for (const member of step.after.members) {
        const was = step.before.members.find((m) => m.host === member.host) as Member
        if (was.fallback !== null && member.fallback !== was.fallback)
          return `${member.host} was to go back to ${was.fallback}, and now to ${member.fallback}`
        if (was.fallback !== null && member.state === 'granted') return `${member.host} goes on after all`
        if (was.state === 'rebooting' || member.state !== 'rebooting' || was.fallback === null) continue
        if (went.has(member.host)) return `${member.host} went back twice`
        went.add(member.host)
      }
    }
    return null
  },

  /** The brake is pulled for nobody who came back as it was told to. */
  meant: each(({ before, after }) => {
    const { halt } = after.rollout
    if (halt?.cause !== 'failures' || before.rollout.halt === halt) return null
    const good = after.members.filter(
      (m) => halt.hosts.includes(m.host) && m.outcome === 'cold-booted' && m.mode !== 'kexec',
    )
    return good.length === 0 ? null : `halted for ${good.map((m) => m.host).join(', ')}`
  }),

  /** A state that only evidence gives is what the evidence said, and evidence always gives it. */
  truth: (history) => {
    const said = new Map<string, string>()
    for (const step of history) {
      const told = toldBy(step)
      if (told) said.set(told.host, told.state)
      for (const { host, state } of step.after.members) {
        const byEvidence = ['landed', 'landed-elsewhere', 'cold-booted', 'failed', 'rolled-back'].includes(
          state,
        )
        if (byEvidence && said.get(host) !== state) return `${host} is ${state}, seen was ${said.get(host)}`
        if (told?.host === host && state !== told.state) return `${host} is ${state}, not ${told.state}`
      }
    }
    return null
  },
}

/** Where evidence must leave a host: said once more, from the rows before it. */
function toldBy({
  before,
  judged,
  cameBack,
}: Step): { readonly host: string; readonly state: string } | null {
  if (cameBack !== undefined) return { host: cameBack, state: 'rolled-back' }
  if (!judged) return null
  const { host, outcome, runs } = judged
  const was = before.members.find((m) => m.host === host) as Member
  if (was.state === outcome) return null
  if (was.fallback !== null) return { host, state: runs ? 'rolled-back' : 'failed' }
  const asMeant = outcome === 'landed' || (outcome === 'cold-booted' && was.mode !== 'kexec')
  const mayRetry = outcome === 'failed' && was.failures + 1 < before.spec.attempts.most
  if (asMeant || mayRetry || before.spec.onFailure === 'hold') return { host, state: outcome }
  if (runs) return { host, state: 'rolled-back' }
  const isSent = before.rollout.phase === 'started' && was.boot !== null
  return { host, state: isSent ? 'rolling-back' : outcome }
}

function each(wrong: (step: Step) => string | null): (history: readonly Step[]) => string | null {
  return (history) => {
    for (const step of history) {
      const found = wrong(step)
      if (found !== null) return `${step.what}: ${found}`
    }
    return null
  }
}

/** The hosts that hold a grant after the step which they did not hold before. */
function granted({ before, after }: Step): readonly Member[] {
  return after.members.filter(
    (m) =>
      ['granted', 'rolling-back'].includes(m.state) &&
      m.fence !== null &&
      before.members.find((b) => b.host === m.host)?.fence !== m.fence,
  )
}

/** Those of them that were not away before: whoever goes back already was. */
function leaving(step: Step): readonly Member[] {
  return granted(step).filter((m) => m.state === 'granted')
}

function begun({ before, after }: Step): readonly Member[] {
  return after.members.filter(
    (m) => m.state === 'rebooting' && before.members.find((b) => b.host === m.host)?.state !== 'rebooting',
  )
}

/** The domains of all that are away. */
function awayIn({ members, others }: RolloutState): readonly (string | null)[] {
  const away = members.filter((m) => ['granted', 'rebooting', 'missing', 'rolling-back'].includes(m.state))
  return [...away, ...others.filter((o) => !away.some((m) => m.host === o.host))].map((a) => a.domain)
}

function isOut({ spec }: RolloutState, member: Member): boolean {
  if (member.state === 'waiting' && member.optedOut) return true
  if (member.state === 'failed') return member.fallback !== null || member.failures >= spec.attempts.most
  return !['waiting', 'granted', 'rebooting', 'rolling-back'].includes(member.state)
}

const shown = new Map<string, string>()

function clock(zone: string, at: Millis): string {
  const key = `${zone} ${at}`
  const text = shown.get(key) ?? wallClock(zone, at)
  shown.set(key, text)
  return text
}

/** Minute by minute back: whether one of the last minutes was the first to show the start of its date, or more. */
function isOpen({ zone, start, days, durationMinutes }: Window, now: Millis): boolean {
  for (let ago = 0; ago < durationMinutes; ago++) {
    const minute = now - ago * MINUTE_MS
    const date = clock(zone, minute).slice(0, 10)
    const wanted = `${date} ${start}`
    const weekday = WEEKDAYS[new Date(`${date}T00:00:00Z`).getUTCDay()]
    if (weekday === undefined || !days.includes(weekday) || clock(zone, minute) < wanted) continue
    const earlier = Array.from({ length: 180 }, (_, i) => clock(zone, minute - (i + 1) * MINUTE_MS))
    if (earlier.every((text) => text < wanted)) return true
  }
  return false
}
