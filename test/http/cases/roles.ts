import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api, type Call } from '../api.ts'
import {
  createEntry,
  createKey,
  createPlan,
  enroll,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from '../fixtures.ts'
import { buildWorld, operations, requestFor, type Operation, type World } from '../world.ts'

/**
 * Who may do what, said once more and by itself: what the routes say of themselves is not read here. A new operation
 * has to be given its line.
 */
const LOWEST = {
  everybody: ['livez', 'readyz', 'enrollAgent'],
  viewer: [
    ...['getMetrics', 'listHosts', 'getHost', 'getTimeline', 'listSnapshots', 'getSnapshot', 'getFindings'],
    ...['getMap', 'getSnapshotDiff', 'getPinDrift', 'getStability', 'listBootEntries', 'getBootEntry'],
    ...['listPlans', 'getPlan', 'listPlanStates', 'getPlanState', 'getPlacements', 'getPlacementMap'],
    ...['whatIf', 'getRoom', 'getPins', 'getPinHistory', 'getGroupPins', 'listPolicies', 'getPolicy'],
    ...['listPolicyVersions', 'getHostPolicy', 'tryPolicy', 'listPauses', 'getPause', 'getCalibration'],
    ...['listExceptions', 'getException', 'listRollouts', 'getRollout', 'listRolloutMembers'],
    ...['listRolloutTimeline', 'listRebootDurations', 'listLeases', 'listLeasePools', 'getLeasePool'],
    ...['getFleetlock', 'explainHost', 'listRebootRules', 'getRebootRule', 'listSigningKeys', 'getFleet'],
    ...['followEvents', 'createSession', 'getSession', 'endSession', 'getAuditHead'],
  ],
  operator: [
    ...['createEnrollmentToken', 'listEnrollmentTokens', 'deleteEnrollmentToken', 'changeHost'],
    ...['deleteHost', 'releaseHost', 'createSnapshot', 'createBootEntry', 'createPlan', 'assignPlan'],
    ...['createSnapshots'],
    ...['setPin', 'forgetPin', 'loosenPin', 'createGroupPins', 'setGroupPin', 'forgetGroupPin'],
    ...['setPolicy', 'forgetPolicy', 'setPause', 'endPause', 'setCalibration', 'createException'],
    ...['deleteException', 'createRollout', 'submitRollout', 'approveRollout', 'pauseRollout'],
    ...['resumeRollout', 'haltRollout', 'acknowledgeRollout', 'cancelRollout', 'skipRolloutHost'],
    ...['createHealthResult', 'releaseLease', 'setLeasePool', 'setFleetlock', 'forgetFleetlock'],
    ...['createRebootRule', 'deleteRebootRule'],
  ],
  admin: [
    ...['createKey', 'listKeys', 'revokeKey', 'listAudit', 'listDeliveries', 'testWebhook'],
    ...['createWebhook', 'listWebhooks', 'getWebhook', 'deleteWebhook', 'resumeWebhook'],
  ],
  'no key': ['getAssignment', 'createReport', 'createCredential'],
} as const

/** What the credential of a host does beside keys: for that host, and as if there were no other. */
const HOSTS_OWN: readonly string[] = [
  ...['getHost', 'getTimeline', 'listSnapshots', 'getSnapshot', 'getFindings', 'getMap', 'getSnapshotDiff'],
  ...['getPinDrift', 'getStability', 'listPlans', 'getPlan', 'listPlanStates', 'getPlanState', 'getRoom'],
  ...['getPlacements', 'getPlacementMap', 'getPins', 'getPinHistory', 'getHostPolicy', 'explainHost'],
  ...['createSnapshot', 'listSigningKeys', 'getAssignment', 'createReport', 'createCredential'],
]

const RANK = ['viewer', 'operator', 'admin'] as const
type Role = (typeof RANK)[number]

const lowestOf = (id: string) =>
  (Object.entries(LOWEST).find(([, ids]) => (ids as readonly string[]).includes(id)) ?? ['nobody'])[0]

/** What a caller gets: past the guard, or a status and a code. */
type Answer = 'in' | readonly [status: number, code: string]
const UNKNOWN_CALLER = [401, 'unauthenticated'] as const
const FORBIDDEN = [403, 'forbidden'] as const

interface Caller {
  readonly who: string
  readonly credential: () => string | undefined
  readonly gets: (op: Operation) => Answer
}

const asRole =
  (role: Role) =>
  ({ id }: Operation): Answer => {
    const lowest = lowestOf(id)
    return lowest !== 'no key' && RANK.indexOf(role) >= RANK.indexOf(lowest as Role) ? 'in' : FORBIDDEN
  }
const asNobody = (): Answer => UNKNOWN_CALLER

test('every operation has its line, and no line is without an operation', () => {
  const lines: string[] = Object.values(LOWEST).flat()
  expect(lines.sort()).toEqual(operations.map(({ id }) => id).sort())
  expect(HOSTS_OWN.filter((id) => !lines.includes(id))).toEqual([])
})

describe('who may do what', () => {
  let api: Api
  let world: World
  let other: EnrolledHost
  /** By who it is. */
  const credentials: Record<string, string> = {}
  beforeAll(async () => {
    api = await startApi()
    world = await buildWorld(api)
    other = await enroll(api)
    await post(api, other, snapshotOf(X86))
    const as = api.admin
    const made = async (body: object) =>
      (await api.call({ method: 'post', path: '/v1/keys', as, body })).body as { id: string; key: string }
    const session = async (key: string) =>
      (await api.call({ method: 'post', path: '/v1/sessions', as: key, body: {} })).body.token as string
    const revoked = await made({ role: 'admin', name: 'revoked' })
    const expired = await made({ role: 'admin', name: 'expired', expires_in: 60 })
    const gone = await enroll(api)
    Object.assign(credentials, {
      revoked: revoked.key,
      ...{ revokedSession: await session(revoked.key), expired: expired.key },
      ...{ expiredSession: await session(expired.key), gone: gone.credential },
      ...{ viewerSession: await session(world.viewer), ended: await session(api.admin) },
      operatorSession: await session(await createKey(api, 'operator')),
    })
    await api.call({ method: 'delete', path: `/v1/keys/${revoked.id}`, as })
    await api.call({ method: 'delete', path: '/v1/sessions/current', as: credentials['ended'] })
    const path = `/v1/hosts/${gone.id}`
    await api.call({ method: 'delete', path, as, headers: { 'if-match': '*' } })
    api.clock.now = new Date(api.clock.now.getTime() + 60_000)
  })
  afterAll(() => api.close())

  const known = (who: string) => () => credentials[who]
  const callers: readonly Caller[] = [
    { who: 'nobody', credential: () => undefined, gets: asNobody },
    { who: 'a word', credential: () => 'nonsense', gets: asNobody },
    { who: 'a key that is wrong by one digit', credential: () => `${api.admin}0`, gets: asNobody },
    {
      who: "an admin's secret as a viewer's",
      credential: () => api.admin.replace('admin', 'viewer'),
      gets: asNobody,
    },
    {
      who: "a viewer's secret as an admin's",
      credential: () => world.viewer.replace('viewer', 'admin'),
      gets: asNobody,
    },
    { who: 'an enrolment token', credential: () => world.params['token'], gets: asNobody },
    { who: 'a revoked key', credential: known('revoked'), gets: asNobody },
    { who: 'the session of a revoked key', credential: known('revokedSession'), gets: asNobody },
    { who: 'an expired key', credential: known('expired'), gets: asNobody },
    { who: 'the session of an expired key', credential: known('expiredSession'), gets: asNobody },
    { who: 'a session that was ended', credential: known('ended'), gets: asNobody },
    { who: 'a host that was deleted', credential: known('gone'), gets: asNobody },
    {
      who: 'a quarantined host',
      credential: () => world.quarantined.credential,
      gets: () => [403, 'host-quarantined'],
    },
    { who: 'a viewer', credential: () => world.viewer, gets: asRole('viewer') },
    { who: 'the session of a viewer', credential: known('viewerSession'), gets: asRole('viewer') },
    { who: 'an operator', credential: () => world.operator, gets: asRole('operator') },
    { who: 'the session of an operator', credential: known('operatorSession'), gets: asRole('operator') },
    { who: 'an admin', credential: () => api.admin, gets: asRole('admin') },
    { who: 'the session of an admin', credential: () => world.session, gets: asRole('admin') },
    {
      who: 'the host itself',
      credential: () => world.host.credential,
      gets: ({ id }) => (HOSTS_OWN.includes(id) ? 'in' : FORBIDDEN),
    },
    {
      who: 'another host',
      credential: () => other.credential,
      gets: ({ id, template }) => {
        if (!HOSTS_OWN.includes(id)) return FORBIDDEN
        return template.includes('{hostId}') ? [404, 'not-found'] : 'in'
      },
    },
  ]

  /** Who is let in is told that the query is wrong, so that nothing is done; who is not never gets that far. */
  const knock = (op: Operation, as: string | undefined): Call => {
    const { path, as: _, ...call } = requestFor(op, api, world)
    return { ...call, path: `${path}${path.includes('?') ? '&' : '?'}nonsense=1`, as }
  }

  test.each(operations)('$id', async (op) => {
    const found = []
    for (const { who, credential } of callers) {
      const { status, body, headers } = await api.call(knock(op, credential()))
      found.push([who, status, body.code])
      if (status === 401) expect(headers['www-authenticate']).toBe('Bearer realm="berth"')
    }
    const isOpen = lowestOf(op.id) === 'everybody'
    const wanted = callers.map(({ who, gets }) => {
      const answer = isOpen ? 'in' : gets(op)
      return [who, ...(answer === 'in' ? [400, 'invalid-input'] : answer)]
    })
    expect(found).toEqual(wanted)
  })
})

/** To a host, whatever belongs to another is not there: whether by its path, or named by the query or the body. */
describe('a host, and what belongs to another', () => {
  let api: Api
  let mine: EnrolledHost
  let other: EnrolledHost
  let ids: Record<'plan' | 'snapshot' | 'mySnapshot' | 'entry', string>
  beforeAll(async () => {
    api = await startApi()
    mine = await enroll(api)
    other = await enroll(api)
    const entry = await createEntry(api)
    const mySnapshot = (await post(api, mine, snapshotOf(X86))).id
    const snapshot = (await post(api, other, snapshotOf(X86, 'other-boot'))).id
    ids = { entry, mySnapshot, snapshot, plan: await createPlan(api, other, { boot_entry: entry }) }
    await api.call({ method: 'post', path: `/v1/plans/${ids.plan}/assign`, as: api.admin })
  })
  afterAll(() => api.close())

  const report = (phase: string) => ({ plan: ids.plan, phase, boot_id: 'other-boot' })
  test.each<[why: string, call: () => Partial<Call>]>([
    ['a plan', () => ({ path: `/v1/plans/${ids.plan}` })],
    ['the state of a plan', () => ({ path: `/v1/plans/${ids.plan}/state` })],
    ['a report on a plan', () => ({ method: 'post', path: '/v1/agent/reports', body: report('loaded') })],
    ['the end of a plan', () => ({ method: 'post', path: '/v1/agent/reports', body: report('failed') })],
    ['a snapshot', () => ({ path: `/v1/hosts/${mine.id}/snapshots/${ids.snapshot}` })],
    ['findings', () => ({ path: `/v1/hosts/${mine.id}/snapshots/${ids.snapshot}/findings` })],
    ['a map', () => ({ path: `/v1/hosts/${mine.id}/snapshots/${ids.snapshot}/map` })],
    [
      'a plan on its own map',
      () => ({ path: `/v1/hosts/${mine.id}/snapshots/${ids.mySnapshot}/map?plan=${ids.plan}` }),
    ],
    [
      'one side of a comparison',
      () => ({ path: `/v1/hosts/${mine.id}/snapshots/diff?to=${ids.mySnapshot}&from=${ids.snapshot}` }),
    ],
    ['the other side', () => ({ path: `/v1/hosts/${mine.id}/snapshots/diff?to=${ids.snapshot}` })],
    ['the drift of pins', () => ({ path: `/v1/hosts/${mine.id}/pins/drift?snapshot=${ids.snapshot}` })],
    [
      'the picture of a placement',
      () => ({
        path: `/v1/hosts/${mine.id}/placements/map?boot_entry=${ids.entry}&snapshot=${ids.snapshot}`,
      }),
    ],
    [
      'a snapshot for another',
      () => ({ method: 'post', path: `/v1/hosts/${other.id}/snapshots`, body: snapshotOf(X86, 'mine') }),
    ],
  ])('%s', async (_why, call) => {
    const response = await api.call({ method: 'get', as: mine.credential, path: '', ...call() })
    expect([response.status, response.body.code]).toEqual([404, 'not-found'])
    expect(response.text).not.toContain('other-boot')
  })

  test('nothing of it changed what the other has', async () => {
    const state = await api.call({ method: 'get', path: `/v1/plans/${ids.plan}/state`, as: api.admin })
    expect(state.body.state).toBe('assigned')
    const path = `/v1/hosts/${other.id}/snapshots`
    const snapshots = await api.call({ method: 'get', path, as: other.credential })
    expect((snapshots.body.items as { id: string }[]).map(({ id }) => id)).toEqual([ids.snapshot])
  })

  test('what it may see of itself is its own', async () => {
    const own = (path: string) => api.call({ method: 'get', path, as: mine.credential })
    expect((await own('/v1/agent/assignment')).status).toBe(204)
    expect((await own(`/v1/hosts/${mine.id}/plans`)).body.items).toEqual([])
    expect((await own(`/v1/hosts/${mine.id}`)).body.id).toBe(mine.id)
  })
})
