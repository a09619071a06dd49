import type { Asked, AuditLine, History, Member, Seen, Told } from '../../../src/simulate/fleet/history.ts'
import { WEEKDAYS } from '../../../src/rollout/window.ts'

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
  approvals: 1,
  healthyMs: 2 * MINUTE,
}

export function audited(
  minute: number,
  action: string,
  target: string,
  detail = {},
  actor = 'berth',
): AuditLine {
  return { at: NOON + minute * MINUTE, actor, action, target, detail }
}

/** What a host's timeline says of a landing at a minute. */
export function toldOf(host: string, minute: number): Told[] {
  const plan = `plan_${host}`
  const told = (after: number, kind: string): Told => ({ at: NOON + (minute + after) * MINUTE, kind, plan })
  return [
    ...[
      told(0, 'rollout-grant'),
      told(0, 'plan-assigned'),
      told(0, 'rollout-start'),
      told(0, 'plan-executing'),
    ],
    ...[told(3, 'plan-landed'), told(3, 'rollout-land')],
  ]
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
        mode: 'kexec',
      },
      { what: 'loaded', at, host, plan, bootId: `old-${host}`, memory: 'm' },
      { what: 'reported', at, asked: at, host, plan, phase: 'executing', status: 200 },
      { what: 'jumped', at, host, plan, by: 'kexec' },
      { what: 'booted', at: at + 3 * MINUTE, host, plan, came: 'as-planned', bootId: `new-${host}` },
    ],
    audit: [
      audited(minute, 'lease.acquire', host, lease),
      audited(minute, 'plan.executing', plan, { host }),
      audited(minute + 3, 'plan.landed', plan),
      audited(minute + 3, 'lease.release', host, lease),
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
      since: NOON + 3 * MINUTE,
      because: '',
      plan: `plan_${host}`,
      mode: 'kexec',
      fallback: null,
    },
  }
}

/** A FleetLock client that takes a lock at a minute, and gives it up five minutes later. */
function locking(client: string, minute: number, fence: number): { seen: Seen[]; audit: AuditLine[] } {
  const lock = (after: number, call: 'pre-reboot' | 'steady-state'): Seen => {
    const at = NOON + (minute + after) * MINUTE
    return { what: 'lock', at, asked: at, client, call, status: 200 }
  }
  const lease = { pool: 'fleet', fence, rollout: null }
  return {
    seen: [lock(0, 'pre-reboot'), lock(5, 'steady-state')],
    audit: [
      audited(minute, 'lease.acquire', client, lease),
      audited(minute + 5, 'lease.release', client, lease),
    ],
  }
}

/** A canary, and two hosts in the wave after it, then a client: nothing is wrong with any of it. */
export function soundHistory(): History {
  const all = [landing('a', 0, 1), landing('b', 10, 2), landing('c', 11, 3), locking('locker', 20, 4)]
  const asking = [
    audited(-3, 'rollout.create', 'roll_1', {}, 'author'),
    audited(-1, 'rollout.approve', 'roll_1', {}, 'approver'),
    audited(30, 'host.credential-change', 'host_a'),
  ]
  return {
    start: NOON - 5 * MINUTE,
    last: NOON + 60 * MINUTE,
    seen: all.flatMap((one) => one.seen).sort((a, b) => a.at - b.at),
    audit: [...asking, ...all.flatMap((one) => one.audit)].sort((a, b) => a.at - b.at),
    asked: [ASKED],
    members: [landed('a', 1, 1), landed('b', 2, 2), landed('c', 2, 3)],
    rollouts: [{ rollout: 'roll_1', state: 'done' }],
    names: new Map([['host_a', 'a']]),
    timelines: new Map([
      ['a', toldOf('a', 0)],
      ['b', toldOf('b', 10)],
      ['c', toldOf('c', 11)],
    ]),
    illnesses: [],
    denied: new Set(),
  }
}

/** Changes what is told of one host. */
export function withTold(
  history: History,
  host: string,
  change: (told: readonly Told[]) => readonly Told[],
): History {
  const told = history.timelines.get(host) ?? []
  return { ...history, timelines: new Map([...history.timelines, [host, change(told)]]) }
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
