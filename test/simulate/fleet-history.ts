import type { Asked, AuditLine, History, Member, Seen } from '../../src/simulate/fleet/history.ts'
import { WEEKDAYS } from '../../src/rollout/window.ts'

/** Monday, an hour in which the window is open. */
export const NOON = Date.parse('2026-03-02T12:00:00Z')
export const MINUTE = 60_000

export const ASKED: Asked = {
  rollout: 'roll_1',
  pool: 'fleet',
  slots: 2,
  ttlMs: 60 * MINUTE,
  maxUnavailable: 2,
  perDomain: 1,
  soakMs: 5 * MINUTE,
  windows: [{ days: WEEKDAYS, start: '11:00', durationMinutes: 120, zone: 'UTC' }],
  freezes: [{ from: NOON + 50 * MINUTE, until: NOON + 55 * MINUTE }],
}

/** What happens to one host that is granted a reboot at a minute and lands three minutes later. */
export function landing(host: string, minute: number, fence: number): { seen: Seen[]; audit: AuditLine[] } {
  const at = NOON + minute * MINUTE
  const plan = `plan_${host}`
  const lease = { pool: 'fleet', fence, rollout: 'roll_1', because: '' }
  return {
    seen: [
      {
        what: 'handed-out',
        at,
        asked: at,
        host,
        plan,
        rollout: 'roll_1',
        fence,
        bootId: `old-${host}`,
        memory: 'm',
      },
      { what: 'loaded', at, host, plan, bootId: `old-${host}`, memory: 'm' },
      { what: 'reported', at, asked: at, host, plan, phase: 'executing', status: 200 },
      { what: 'jumped', at, host, plan },
      { what: 'booted', at: at + 3 * MINUTE, host, plan, came: 'as-planned', bootId: `new-${host}` },
    ],
    audit: [
      { at, action: 'lease.acquire', target: host, detail: lease },
      { at, action: 'plan.executing', target: plan, detail: {} },
      { at: at + 3 * MINUTE, action: 'plan.landed', target: plan, detail: {} },
      { at: at + 3 * MINUTE, action: 'lease.release', target: host, detail: lease },
    ],
  }
}

export function landed(host: string, wave: number, fence: number): Member {
  return {
    ...{
      host,
      wave,
      fence,
      rollout: 'roll_1',
      domain: host,
      state: 'landed',
      because: '',
      plan: `plan_${host}`,
    },
  }
}

/** A canary, and two hosts in the wave after it: nothing is wrong with any of it. */
export function soundHistory(): History {
  const all = [landing('a', 0, 1), landing('b', 10, 2), landing('c', 11, 3)]
  return {
    start: NOON,
    last: NOON + 60 * MINUTE,
    seen: all.flatMap((one) => one.seen).sort((a, b) => a.at - b.at),
    audit: all.flatMap((one) => one.audit).sort((a, b) => a.at - b.at),
    asked: [ASKED],
    members: [landed('a', 1, 1), landed('b', 2, 2), landed('c', 2, 3)],
    rollouts: [{ rollout: 'roll_1', state: 'done' }],
  }
}

/** Changes one thing of a kind about a host. */
export function changed<W extends Seen['what']>(
  history: History,
  what: W,
  host: string,
  to: Partial<Extract<Seen, { what: W }>>,
): History {
  const seen = history.seen.map((s) =>
    s.what === what && 'host' in s && s.host === host ? { ...s, ...to } : s,
  )
  return { ...history, seen: seen as readonly Seen[] }
}

export function withMember(history: History, host: string, to: Partial<Member>): History {
  return { ...history, members: history.members.map((m) => (m.host === host ? { ...m, ...to } : m)) }
}

export function withSeen(history: History, ...more: readonly Seen[]): History {
  return { ...history, seen: [...history.seen, ...more].sort((a, b) => a.at - b.at) }
}

export function withoutSeen(history: History, what: Seen['what'], host: string): History {
  return {
    ...history,
    seen: history.seen.filter((s) => s.what !== what || !('host' in s) || s.host !== host),
  }
}

export function withAudit(history: History, ...more: readonly AuditLine[]): History {
  return { ...history, audit: [...history.audit, ...more].sort((a, b) => a.at - b.at) }
}
