import type { FleetHost } from './fleet-host.ts'
import type { Asked, AuditLine, History, Illness, Member, Seen, Told } from './history.ts'
import type { Operator } from './operator.ts'

interface WireMember extends Omit<Member, 'rollout' | 'since'> {
  readonly since: string
}

interface WireAudit extends Omit<AuditLine, 'at'> {
  readonly id: string
  readonly at: string
}

interface WireEvent extends Omit<Told, 'at'> {
  readonly at: string
}

/** The history of a run: what was seen, and what the service says of it at the end. */
export async function readBack(given: {
  readonly operator: Operator
  readonly hosts: readonly FleetHost[]
  readonly asked: readonly Asked[]
  readonly seen: readonly Seen[]
  readonly illnesses: readonly Illness[]
  readonly denied: ReadonlySet<string>
  readonly start: number
  readonly last: number
}): Promise<History> {
  const { operator, hosts, asked, seen, illnesses, denied, start, last } = given
  const names = new Map(hosts.map((h) => [h.id, h.name]))
  const members: Member[] = []
  const rollouts: { rollout: string; state: string }[] = []
  for (const { rollout } of asked) {
    const { state } = (await operator.must('GET', `/rollouts/${rollout}`)).body as { state: string }
    rollouts.push({ rollout, state })
    const own = await operator.all<WireMember>(`/rollouts/${rollout}/members`)
    for (const { host, since, ...stands } of own)
      members.push({ ...stands, host: names.get(host) ?? host, since: Date.parse(since), rollout })
  }
  const lines = await operator.all<WireAudit>('/audit')
  const audit = lines
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ at, ...line }) => ({ ...line, at: Date.parse(at) }))
  const timelines = await readTimelines(operator, hosts)
  return {
    start,
    last,
    seen: [...seen],
    asked,
    members,
    rollouts,
    audit,
    names,
    timelines,
    illnesses,
    denied,
  }
}

/** What the service tells of each host that it still has. */
async function readTimelines(
  operator: Operator,
  hosts: readonly FleetHost[],
): Promise<Map<string, readonly Told[]>> {
  const timelines = new Map<string, readonly Told[]>()
  for (const { id, name } of hosts) {
    if ((await operator.ask('GET', `/hosts/${id}`)).status === 404) continue
    const events = await operator.all<WireEvent>(`/hosts/${id}/timeline`)
    timelines.set(
      name,
      events.map(({ at, kind, plan }) => ({ at: Date.parse(at), kind, plan })),
    )
  }
  return timelines
}
