import type { Api, Call } from './api.ts'
import { document } from './api.ts'
import {
  createKey,
  createRollout,
  enroll,
  entryOf,
  plannedHost,
  post,
  snapshotOf,
  X86,
  type EnrolledHost,
} from './fixtures.ts'

/** One of everything, so that every operation has something to work on. */
export interface World {
  readonly host: EnrolledHost
  readonly quarantined: EnrolledHost
  readonly params: Record<string, string>
  readonly viewer: string
  readonly operator: string
  /** What an admin key was traded for. */
  readonly session: string
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly template: string
  readonly open: boolean
  readonly hostOnly: boolean
}

/** FleetLock's calls have conventions of their own, and cases of their own. */
const paths = Object.entries(document.paths).filter(([template]) => !template.startsWith('/fleetlock/'))

export const operations: Operation[] = paths.flatMap(([template, ops]) =>
  Object.entries(ops).map(([method, op]) => ({
    id: op.operationId,
    method,
    template,
    open: ['livez', 'readyz', 'enrollAgent'].includes(op.operationId),
    hostOnly: ['getAssignment', 'createReport', 'createCredential'].includes(op.operationId),
  })),
)

/** An id of the right form that nothing has. */
const NOBODY = '0'.repeat(26)
export const UNKNOWN: Record<string, string> = {
  hostId: `host_${NOBODY}`,
  snapshotId: `snap_${NOBODY}`,
  planId: `plan_${NOBODY}`,
  bootEntryId: `boot_${NOBODY}`,
  tokenId: `enr_${NOBODY}`,
  keyId: `key_${NOBODY}`,
  purpose: 'reboot',
  segment: 'kernel',
  exceptionId: `exc_${NOBODY}`,
  rolloutId: `roll_${NOBODY}`,
  leaseId: `lease_${NOBODY}`,
  ruleId: `rule_${NOBODY}`,
  webhookId: `hook_${NOBODY}`,
  pool: 'nobody',
  group: 'nobody',
  arch: 'x86_64',
  release: '6.1.0',
  scope: `host:host_${NOBODY}`,
  pausedScope: 'group:nobody',
}
const CALIBRATED = { group: 'calibrated', arch: 'x86_64', release: '5.14.0-427.el9.x86_64' }

export async function buildWorld(api: Api): Promise<World> {
  const { host, snapshot, entry, plan } = await plannedHost(api)
  const quarantined = await enroll(api, { machine_id: 'twin' })
  await enroll(api, { machine_id: 'twin' })
  const viewer = await createKey(api, 'viewer')
  const operator = await createKey(api, 'operator')
  const token = await api.call({
    method: 'post',
    path: '/v1/enrollment-tokens',
    as: api.admin,
    body: { uses: 9 },
  })
  const key = await api.call({
    method: 'post',
    path: '/v1/keys',
    as: api.admin,
    body: { role: 'viewer', name: 'x' },
  })
  const member = await enroll(api, { machine_id: 'member', group: CALIBRATED.group })
  await api.call({
    method: 'put',
    path: `/v1/groups/${CALIBRATED.group}/calibrations/${CALIBRATED.arch}/${CALIBRATED.release}`,
    as: api.admin,
    body: exampleOf('NewCalibration'),
  })
  const exception = await api.call({
    method: 'post',
    path: '/v1/exceptions',
    as: api.admin,
    body: { ...exampleOf('NewException'), scope: { host: member.id } },
  })
  await api.call({
    method: 'put',
    path: '/v1/policies/group:world',
    as: api.admin,
    body: { rules: {}, reason: 'test' },
  })
  await api.call({
    method: 'put',
    path: '/v1/pauses/group:world',
    as: api.admin,
    body: { reason: 'test' },
  })
  await api.call({
    method: 'put',
    path: `/v1/groups/${CALIBRATED.group}/fleetlock`,
    as: api.admin,
    body: exampleOf('NewFleetlock'),
  })
  const rule = await api.call({
    method: 'post',
    path: '/v1/reboot-rules',
    as: api.admin,
    body: exampleOf('NewRebootRule'),
  })
  const rollout = await createRollout(api, { selector: { hosts: [host.id] }, boot_entry: entry })
  const webhook = await api.call({
    method: 'post',
    path: '/v1/webhooks',
    as: api.admin,
    body: exampleOf('NewWebhook'),
  })
  const params = {
    ...UNKNOWN,
    ...CALIBRATED,
    exceptionId: exception.body.id as string,
    scope: 'group:world',
    pausedScope: 'group:world',
    ruleId: rule.body.id as string,
    webhookId: webhook.body.id as string,
    rolloutId: rollout,
    leaseId: await heldLease(api, entry),
    pool: 'default',
    hostId: host.id,
    snapshotId: snapshot.id,
    planId: plan,
    bootEntryId: entry,
    tokenId: token.body.id as string,
    keyId: key.body.id as string,
    token: token.body.token as string,
  }
  const traded = await api.call({ method: 'post', path: '/v1/sessions', as: api.admin, body: {} })
  return { host, quarantined, params, viewer, operator, session: traded.body.token as string }
}

/** The lease of a host that was granted its reboot. */
async function heldLease(api: Api, boot_entry: string): Promise<string> {
  const host = await enroll(api, { machine_id: 'granted' })
  await post(api, host, snapshotOf(X86))
  await createRollout(api, { selector: { hosts: [host.id] }, boot_entry }, true)
  await api.call({ method: 'get', path: '/v1/agent/assignment', as: host.credential })
  const held = await api.call({ method: 'get', path: `/v1/leases?host=${host.id}`, as: api.admin })
  return held.body.items[0].id as string
}

/** A request of the right form for an operation; as an admin, or as the host where only a host may. */
export function requestFor(op: Operation, api: Api, world: World, params = world.params): Call {
  const path = op.template.replace(/\{([^}]+)\}/g, (_, name: string) => params[name] ?? '')
  const query = queryFor(op, params)
  const ndjson = op.id === 'createSnapshots' && { 'content-type': 'application/x-ndjson' }
  const as = op.open ? undefined : callerOf(op, api, world)
  return {
    method: op.method,
    path: path + query,
    as,
    body: bodyFor(op, params),
    headers: { 'if-match': '*', ...ndjson },
  }
}

/** Some operations are for one kind of caller alone. */
function callerOf(op: Operation, api: Api, world: World): string {
  if (op.hostOnly) return world.host.credential
  return ['getSession', 'endSession'].includes(op.id) ? world.session : api.admin
}

function queryFor(op: Operation, params: Record<string, string>): string {
  if (['forgetPin', 'forgetGroupPin', 'forgetPolicy', 'forgetFleetlock', 'endPause'].includes(op.id))
    return '?reason=test'
  // Else it never ends.
  if (op.id === 'followEvents') return '?follow=false'
  return ['getPlacements', 'getPlacementMap'].includes(op.id) ? `?boot_entry=${params['bootEntryId']}` : ''
}

function bodyFor(op: Operation, params: Record<string, string>): unknown {
  switch (op.id) {
    case 'enrollAgent':
      return { token: params['token'], machine_id: 'm', hostname: 'h', arch: 'arm64', hardware_model: '' }
    case 'createEnrollmentToken':
    case 'changeHost':
      return {}
    case 'releaseHost':
      return { reason: 'test' }
    case 'createSnapshot':
      return exampleOf('NewSnapshot')
    case 'createSnapshots':
      return `${JSON.stringify({ host: params['hostId'], ...exampleOf('NewSnapshot') })}\n`
    case 'createBootEntry':
      return entryOf(X86)
    case 'createPlan':
      return { boot_entry: params['bootEntryId'] }
    case 'setPin':
    case 'setGroupPin':
      return exampleOf('NewPin')
    case 'loosenPin':
      return exampleOf('Loosening')
    case 'createGroupPins':
      return { boot_entry: params['bootEntryId'], reason: 'test' }
    case 'setPolicy':
      return exampleOf('NewPolicy')
    case 'setPause':
      return exampleOf('NewPause')
    case 'tryPolicy':
      return { rules: {}, boot_entry: params['bootEntryId'] }
    case 'whatIf':
      return exampleOf('WhatIfRequest')
    case 'setCalibration':
      return exampleOf('NewCalibration')
    case 'createException':
      return { ...exampleOf('NewException'), scope: { host: params['hostId'] } }
    case 'createRollout':
      return { name: 'r', selector: { hosts: [params['hostId']] }, boot_entry: params['bootEntryId'] }
    case 'submitRollout':
    case 'approveRollout':
    case 'pauseRollout':
    case 'resumeRollout':
    case 'haltRollout':
    case 'acknowledgeRollout':
    case 'cancelRollout':
    case 'releaseLease':
      return { reason: 'test' }
    case 'skipRolloutHost':
      return { host: params['hostId'], reason: 'test' }
    case 'createHealthResult':
      return { gate: 'smoke', verdict: 'pass', detail: 'well' }
    case 'setLeasePool':
      return exampleOf('NewLeasePool')
    case 'setFleetlock':
      return exampleOf('NewFleetlock')
    case 'createRebootRule':
      return exampleOf('NewRebootRule')
    case 'createReport':
      return { plan: params['planId'], phase: 'loaded', boot_id: 'boot-1' }
    case 'createWebhook':
      return exampleOf('NewWebhook')
    case 'resumeWebhook':
      return exampleOf('WebhookResumption')
    case 'createKey':
      return exampleOf('NewKey')
    default:
      return undefined
  }
}

export function exampleOf(schema: string): object {
  const { components } = document as unknown as {
    components: { schemas: Record<string, { examples?: object[] }> }
  }
  const example = components.schemas[schema]?.examples?.[0]
  if (!example) throw new Error(`${schema} has no example`)
  return example
}
