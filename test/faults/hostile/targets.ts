import type { Api } from '../../http/api.ts'
import {
  createEntry,
  createKey,
  createRollout,
  enroll,
  plannedHost,
  post,
  snapshotOf,
  ARM64,
  X86,
} from '../../http/fixtures.ts'
import { buildWorld, exampleOf, UNKNOWN, type World } from '../../http/world.ts'
import type { Known } from './sample.ts'

/** What hostile requests aim at: things that are there, by the name of the parameter that leads to them. */
export interface Targets {
  readonly world: World
  readonly admin: string
  readonly viewer: string
  readonly operator: string
  readonly session: string
  readonly host: string
  /** Base values, which nothing in the run takes away unless chance is against it. */
  readonly params: Readonly<Record<string, string>>
  /** More of those things; whatever ends one takes it from here. */
  readonly spare: Readonly<Record<string, readonly string[]>>
  /** Rollouts by where they stand. */
  readonly stages: Readonly<Record<string, string>>
  /** The host that those rollouts are of. */
  readonly arm: string
  readonly known: Known
}

const SPARE = 8
/** No path leads to it: who sets FleetLock anew for a group ends its secret. */
const LOCKED = 'locked'

export async function fillTargets(api: Api): Promise<Targets> {
  const world = await buildWorld(api)
  const { params, operator, viewer, session, host } = world
  const made = async (path: string, body: object) =>
    (await api.call({ method: 'post', path: `/v1${path}`, as: api.admin, body })).body as Record<
      string,
      string
    >
  const many = (make: () => Promise<string | undefined>) => several(SPARE, make)
  const entry = params['bootEntryId'] ?? ''
  const arm = await enroll(api, { arch: 'arm64', group: 'web' })
  const snapshot = await post(api, arm, snapshotOf(ARM64))
  const armEntry = await createEntry(api, ARM64)
  const locked = await api.call({
    method: 'put',
    path: `/v1/groups/${LOCKED}/fleetlock`,
    as: api.admin,
    body: { ...exampleOf('NewFleetlock'), enabled: true, slots: 9 },
  })
  await enroll(api, { group: LOCKED })
  await api.call({ method: 'post', path: `/v1/plans/${params['planId']}/assign`, as: api.admin })
  const planned = [await plannedHost(api), await plannedHost(api), await plannedHost(api)]
  const twins = await several(3, () => quarantined(api))
  const groups = await groupsOf(
    api,
    planned.map(({ host: { id } }) => id),
  )
  const rollouts = await rolloutsOf(api, { selector: { hosts: [arm.id] }, boot_entry: armEntry })
  const spare = {
    twin: twins,
    hostId: [
      ...planned.map(({ host: { id } }) => id),
      ...twins,
      ...(await many(async () => (await enroll(api, { group: 'web' })).id)),
    ],
    planId: planned.map(({ plan }) => plan),
    group: groups,
    scope: groups.map((group) => `group:${group}`),
    pausedScope: groups.map((group) => `group:${group}`),
    keyId: await many(async () => (await made('/keys', { role: 'viewer', name: 'spare' })).id),
    tokenId: await many(async () => (await made('/enrollment-tokens', { uses: 5 })).id),
    ruleId: await many(async () => (await made('/reboot-rules', exampleOf('NewRebootRule'))).id),
    webhookId: await many(async () => (await made('/webhooks', exampleOf('NewWebhook'))).id),
    exceptionId: await many(
      async () => (await made('/exceptions', { ...exampleOf('NewException'), scope: { host: arm.id } })).id,
    ),
    rolloutId: rollouts.map(({ id }) => id),
    session: await many(async () => (await made('/sessions', {})).token),
  }
  const { base_url } = locked.body as { base_url: string }
  const groupSecret = /\/fleetlock\/([^/]+)/.exec(base_url)?.[1] ?? ''
  if (groupSecret === '') throw new Error(locked.text)
  const all = { ...params, groupSecret }
  const stages = Object.fromEntries(rollouts.map(({ stage, id }) => [stage, id]))
  return {
    ...{ stages, arm: arm.id },
    ...{ world, admin: api.admin, viewer, operator, session, host: host.credential, params: all, spare },
    known: [
      ...new Set([...Object.values(all), ...Object.values(spare).flat(), ...Object.values(UNKNOWN)]),
      ...[arm.id, snapshot.id, armEntry, entry, await createKey(api, 'viewer')],
      ...['web', 'default', 'group:web', `host:${host.id}`, 'fleet', 'world', LOCKED],
      ...['x86_64/6.8', 'arm64/5.10', 'x86_64', 'arm64', 'rack=b12', X86],
      ...['02:00', '04:30', 'https://hooks.example/berth', 'plan-landed', 'rollout.*'],
    ],
  }
}

/** Groups with a policy, a pause and FleetLock; those hosts are in the first. */
async function groupsOf(api: Api, hosts: readonly string[]): Promise<string[]> {
  const groups = ['spare-1', 'spare-2', 'spare-3']
  const send = (method: string, path: string, body: object) =>
    api.call({ method, path: `/v1${path}`, as: api.admin, body, headers: { 'if-match': '*' } })
  for (const host of hosts) await send('patch', `/hosts/${host}`, { group: 'spare-1' })
  for (const group of groups) {
    const at = { method: 'put', as: api.admin }
    await api.call({ ...at, path: `/v1/policies/group:${group}`, body: { rules: {}, reason: 'test' } })
    await api.call({ ...at, path: `/v1/pauses/group:${group}`, body: { reason: 'test' } })
    await api.call({ ...at, path: `/v1/groups/${group}/fleetlock`, body: exampleOf('NewFleetlock') })
  }
  return groups
}

/** Rollouts at every stage that an operator can say something to, with its name. */
async function rolloutsOf(api: Api, spec: object): Promise<{ stage: string; id: string }[]> {
  const made: { stage: string; id: string }[] = []
  for (const stage of STAGES) {
    const approvals = stage === 'awaiting' ? 1 : 0
    const id = await createRollout(api, { ...spec, approvals }, stage !== 'draft')
    const path = `/v1/rollouts/${id}/${stage}`
    if (stage === 'pause' || stage === 'halt')
      await api.call({ method: 'post', path, as: api.admin, body: { reason: 'test' } })
    made.push({ stage, id })
  }
  return made
}

const STAGES = [
  'draft',
  'draft',
  'awaiting',
  'awaiting',
  'running',
  'running',
  'running',
  'pause',
  'pause',
  'halt',
  'halt',
]

/** A host whose machine has enrolled twice. */
async function quarantined(api: Api): Promise<string> {
  const machine_id = `twin-${++twinsMade}`
  const { id } = await enroll(api, { machine_id })
  await enroll(api, { machine_id })
  return id
}

let twinsMade = 0

async function several(count: number, make: () => Promise<string | undefined>): Promise<string[]> {
  const all: string[] = []
  for (let left = count; left > 0; left--) all.push((await make()) ?? '')
  return all
}
