import type { Api } from '../../http/api.ts'
import { createRollout, enroll, post, snapshotOf, X86 } from '../../http/fixtures.ts'
import { operations, requestFor } from '../../http/world.ts'
import { OPERATIONS, type HostileOperation } from '../hostile/operations.ts'
import { fillTargets, type Targets } from '../hostile/targets.ts'

/** A request that works, once, in a world that nobody has touched. */
export interface GoodRequest {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly as: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
}

export interface GoodWorld {
  readonly targets: Targets
  /** The credential of a host whose turn has come. */
  readonly due: string
  /** A host's next credential, which nobody has used yet. */
  readonly fresh: { readonly host: string; readonly credential: string }
}

const POOL = 'roomy'

export async function fillGoodWorld(api: Api): Promise<GoodWorld> {
  const targets = await fillTargets(api)
  const pool = { slots: 9, ttl_seconds: 3600, reason: 'test' }
  await api.call({ method: 'put', path: `/v1/lease-pools/${POOL}`, as: api.admin, body: pool })
  // The first use of a key is a write of its own.
  await api.call({ method: 'get', path: '/v1/hosts', as: targets.operator })
  const { group = '', groupSecret = '' } = targets.params
  const pin = `/v1/groups/${group}/pins/reboot/kernel`
  const kept = { mem: '0x40000000', room: 8_388_608, reason: 'test' }
  await api.call({ method: 'put', path: pin, as: api.admin, body: kept, headers: { 'if-match': '*' } })
  const lock = `/fleetlock/${groupSecret}/v1/pre-reboot`
  await api.call({ method: 'post', path: lock, body: client(UNLOCKS), headers: FLEETLOCK })
  const due = await enroll(api)
  await post(api, due, snapshotOf(X86))
  const entry = targets.params['bootEntryId'] ?? ''
  await createRollout(api, { selector: { hosts: [due.id] }, boot_entry: entry, pool: POOL }, true)
  const rotating = await enroll(api)
  const made = await api.call({
    method: 'post',
    path: '/v1/agent/credential',
    as: rotating.credential,
    body: {},
  })
  const fresh = { host: rotating.id, credential: made.body.credential as string }
  return { targets, due: due.credential, fresh }
}

/** One for every operation that writes, and for the reads that write too. */
export function goodRequests({ targets, due, fresh }: GoodWorld): GoodRequest[] {
  const rest = { body: undefined, headers: {}, method: 'get' }
  return [
    ...OPERATIONS.filter(({ method, id }) => method !== 'get' && !KEEPS_NOTHING.includes(id)).map((op) =>
      goodRequest(op, targets),
    ),
    { ...rest, name: 'getAssignment, a grant', path: '/v1/agent/assignment', as: due },
    {
      ...rest,
      name: 'getHost, the first use of a credential',
      path: `/v1/hosts/${fresh.host}`,
      as: fresh.credential,
    },
  ]
}

const FLEETLOCK = { 'fleet-lock-protocol': 'true' }
/** Who holds a lock to give up. */
const UNLOCKS = 'node-2'

function client(id: string): object {
  return { client_params: { id, group: 'locked' } }
}

const KEEPS_NOTHING = ['whatIf', 'tryPolicy']

function goodRequest(op: HostileOperation, targets: Targets): GoodRequest {
  const params = { ...targets.params, ...own(op.id, targets) }
  const headers = { ...(op.method === 'post' && !op.isFleetlock && { 'idempotency-key': `once-${op.id}` }) }
  if (op.isFleetlock) {
    const path = op.template.replace('{groupSecret}', params['groupSecret'] ?? '')
    const body = client(op.id === 'fleetlockSteadyState' ? UNLOCKS : 'node-1')
    return { name: op.id, method: op.method, path, as: '', body, headers: FLEETLOCK }
  }
  const usual = operations.find(({ id }) => id === op.id)
  if (!usual) throw new Error(`no request for ${op.id}`)
  const call = requestFor(usual, { admin: targets.admin } as Api, targets.world, params)
  const as = op.id === 'approveRollout' ? targets.operator : (call.as ?? '')
  return {
    ...{ name: op.id, method: op.method, path: call.path, as, body: call.body },
    headers: { ...call.headers, ...headers },
  }
}

/** What an operation needs that most do not: a thing in the right state. */
function own(id: string, { spare, stages, arm }: Targets): Record<string, string> {
  const stage = (name: string) => ({ rolloutId: stages[name] ?? '', hostId: arm })
  switch (id) {
    case 'releaseHost':
      return { hostId: spare['twin']?.[0] ?? '' }
    case 'assignPlan':
      return { planId: spare['planId']?.[0] ?? '' }
    case 'createGroupPins':
      return { group: spare['group']?.[0] ?? '' }
    case 'submitRollout':
      return stage('draft')
    case 'approveRollout':
      return stage('awaiting')
    case 'pauseRollout':
    case 'haltRollout':
    case 'cancelRollout':
    case 'skipRolloutHost':
      return stage('running')
    case 'resumeRollout':
      return stage('pause')
    case 'acknowledgeRollout':
      return stage('halt')
    default:
      return {}
  }
}
