import type { FleetHost } from './fleet-host.ts'
import type { Asked, AuditLine, History, Member, Seen } from './history.ts'
import type { Operator } from './operator.ts'

interface WireMember {
  readonly host: string
  readonly wave: number
  readonly domain: string | null
  readonly state: string
  readonly because: string
  readonly fence: number | null
  readonly plan: string | null
}

interface WireAudit extends Omit<AuditLine, 'at'> {
  readonly id: string
  readonly at: string
}

/** The history of a run: what was seen, and what the service says of it at the end. */
export async function readBack(given: {
  readonly operator: Operator
  readonly hosts: readonly FleetHost[]
  readonly asked: readonly Asked[]
  readonly seen: readonly Seen[]
  readonly start: number
  readonly last: number
}): Promise<History> {
  const { operator, hosts, asked, seen, start, last } = given
  const names = new Map(hosts.map((h) => [h.id, h.name]))
  const members: Member[] = []
  const rollouts: { rollout: string; state: string }[] = []
  for (const { rollout } of asked) {
    const { state } = (await operator.must('GET', `/rollouts/${rollout}`)).body as { state: string }
    rollouts.push({ rollout, state })
    const own = await operator.all<WireMember>(`/rollouts/${rollout}/members`)
    for (const { host, wave, domain, state, because, fence, plan } of own)
      members.push({ host: names.get(host) ?? host, rollout, wave, domain, state, because, fence, plan })
  }
  const lines = await operator.all<WireAudit>('/audit')
  const audit = lines
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ at, action, target, detail }) => ({ at: Date.parse(at), action, target, detail }))
  return { start, last, seen: [...seen], asked, members, rollouts, audit }
}
