import type { AuditLine, Check, Held } from '../history.ts'

/** What one request makes at most once, however often it was sent. */
const MADE_ONCE = [
  'host.enroll',
  'snapshot.create',
  'plan.create',
  'key.create',
  'key.revoke',
  'rollout.create',
  'pins.change',
  'boot-entry.create',
  'enrollment-token.create',
]

/** What is there is whole, whether or not anybody was told of it, and no request had its effect twice. */
export const allWhole: Check = ({ held }) => {
  const violations: string[] = []
  const { hosts, snapshots, plans, keys, timeline, audit } = held
  const needs = (what: string, count: number, wanted = 1): void => {
    if (count !== wanted) violations.push(`${what}: ${count} instead of ${wanted}`)
  }
  const told = counts(timeline.map((t) => `${t.kind} ${t.plan ?? t.snapshot ?? t.host}`))
  const audited = counts(audit.map((a) => `${a.action} ${a.target}`))
  for (const { id } of hosts) {
    needs(`timeline of ${id}, enrolled`, told(`enrolled ${id}`))
    needs(`audit of ${id}, enrolled`, audited(`host.enroll ${id}`))
  }
  for (const { id } of snapshots) {
    needs(`timeline of ${id}`, told(`snapshot ${id}`))
    needs(`audit of ${id}`, audited(`snapshot.create ${id}`))
  }
  for (const { id, state } of plans) {
    needs(`timeline of ${id}, planned`, told(`plan-planned ${id}`))
    needs(`audit of ${id}`, audited(`plan.create ${id}`))
    if (state === null) violations.push(`${id} stands nowhere`)
  }
  for (const { id } of keys) needs(`audit of ${id}`, audited(`key.create ${id}`))
  violations.push(...twice(audit), ...pinsOf(held))
  return { looked: hosts.length + snapshots.length + plans.length + keys.length + audit.length, violations }
}

function counts(names: readonly string[]): (name: string) => number {
  const all = new Map<string, number>()
  for (const name of names) all.set(name, (all.get(name) ?? 0) + 1)
  return (name) => all.get(name) ?? 0
}

function twice(audit: readonly AuditLine[]): string[] {
  const seen = new Set<string>()
  return audit.flatMap(({ action, request, target }) => {
    // What is done at a start has no request.
    if (request === '' || request === 'start' || !MADE_ONCE.includes(action)) return []
    const name = `${action} of request ${request}`
    if (seen.has(name)) return [`${name} is there again, for ${target}`]
    seen.add(name)
    return []
  })
}

/** What the history of a host's pins comes to is the set, and its generations go up one by one to that of the host. */
function pinsOf({ hosts, pins, pinChanges }: Held): string[] {
  return hosts.flatMap(({ id, generation }) => {
    const own = pinChanges.filter((c) => c.host === id)
    const generations = [...new Set(own.map((c) => c.generation))]
    const wanted = Array.from({ length: generation }, (_, i) => i + 1)
    if (generations.join() !== wanted.join())
      return [`pins of ${id} have the generations ${generations.join(' ')}, the host has ${generation}`]
    const replayed = new Map<string, string>()
    for (const { kind, mem, room } of own) {
      if (mem === null) replayed.delete(kind)
      else replayed.set(kind, `${mem} ${room}`)
    }
    const now = new Map(pins.filter((p) => p.host === id).map((p) => [p.kind, `${p.mem} ${p.room}`]))
    const isSame = replayed.size === now.size && [...now].every(([kind, at]) => replayed.get(kind) === at)
    return isSame ? [] : [`pins of ${id} are not what their history comes to`]
  })
}
