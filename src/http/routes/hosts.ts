import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { newId } from '../../store/new-id.ts'
import type { Host as HostRow, HostFilter } from '../../store/hosts.ts'
import { Host, HostPage, HostParams, HostPatch, HostQuery, Release, TimelinePage } from '../../wire/host.ts'
import { NoQuery, OrderedQuery } from '../../wire/page.ts'
import { changeHost } from '../hosts/change-host.ts'
import {
  access,
  answers,
  BODY_CODES,
  MatchHeaders,
  NoContent,
  REPEAT_CODES,
  WriteHeaders,
} from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentHost, presentTimelineEvent } from '../present.ts'
import { freeHost } from '../rollouts/rollout-life.ts'
import type { Shell } from '../shell.ts'
import { sweepHost } from '../rollouts/sweep-due.ts'
import type { Answer } from '../write.ts'

const tags = ['hosts']
const reader = access('viewer-or-host')
const operator = access('operator')

/** Hosts: they come by enrolment; an operator labels them, groups them, lets them go. */
export const hosts: FastifyPluginAsyncZod<Shell> = async (app, shell) => {
  const { store, write } = shell
  const viewer = access('viewer')
  app.get('/hosts', {
    config: viewer.config,
    schema: {
      operationId: 'listHosts',
      summary: 'Hosts, by group, architecture, state, name or label',
      tags,
      security: viewer.security,
      querystring: HostQuery,
      response: answers('viewer', { 200: HostPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const { plan } = query
      const ids = plan === undefined ? {} : { ids: await store.fleet.havingPlan(plan) }
      const rows = await store.hosts.list(readPage(request, query), { ...filterOf(query), ...ids })
      return toPage(request, reply, { rows, query, present: presentHost })
    },
  })

  app.get('/hosts/:hostId', {
    config: reader.config,
    schema: {
      operationId: 'getHost',
      summary: 'One host',
      tags,
      security: reader.security,
      params: HostParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: Host }, ['not-found']),
    },
    handler: async (request) => {
      const { hostId } = request.params
      await sweepHost(shell, request, hostId)
      return presentHost((await store.hosts.get(hostId)) ?? missing())
    },
  })

  app.patch('/hosts/:hostId', {
    config: operator.config,
    schema: {
      operationId: 'changeHost',
      summary: "Change a host's labels, group or hardware model, or how it may be rebooted",
      tags,
      security: operator.security,
      params: HostParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: HostPatch,
      response: answers('operator', { 200: Host }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const host = (await writing.rows.hosts.get(request.params.hostId)) ?? missing()
        requireMatch(request, JSON.stringify(presentHost(host)))
        return hostAnswer(await changeHost(writing, host, request.body))
      }),
  })

  app.delete('/hosts/:hostId', {
    config: operator.config,
    schema: {
      operationId: 'deleteHost',
      summary: 'Let a host go, with its snapshots, plans, pins and policy; its credential ends',
      tags,
      security: operator.security,
      params: HostParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      response: answers('operator', { 204: NoContent }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rows, audit } = writing
        const { hostId } = request.params
        const host = (await rows.hosts.get(hostId)) ?? missing()
        requireMatch(request, JSON.stringify(presentHost(host)))
        await freeHost(writing, hostId)
        await rows.hosts.remove(hostId)
        await rows.policies.remove(`host:${hostId}`)
        await audit('host.delete', hostId, { machine_id: host.machineId, hostname: host.hostname })
        return { status: 204, body: '' }
      }),
  })

  app.post('/hosts/:hostId/release', {
    config: operator.config,
    schema: {
      operationId: 'releaseHost',
      summary: 'Take a host out of quarantine',
      tags,
      security: operator.security,
      params: HostParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: Release,
      response: answers('operator', { 200: Host }, [
        'not-found',
        'not-quarantined',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const { hostId } = request.params
        const { reason } = request.body
        const host = (await rows.hosts.get(hostId)) ?? missing()
        if (host.state !== 'quarantined') {
          throw new RequestFailed({ code: 'not-quarantined', detail: `the host is ${host.state}` })
        }
        const released = await rows.hosts.update(hostId, {
          state: 'active',
          stateReason: reason,
          stateSince: at,
        })
        await rows.rollouts.touchStarted()
        const event = {
          id: newId('ev', at),
          hostId,
          at,
          kind: 'released',
          detail: reason,
          plan: null,
          snapshot: null,
        }
        await rows.timeline.append(event)
        await audit('host.release', hostId, { reason })
        return hostAnswer(released)
      }),
  })

  app.get('/hosts/:hostId/timeline', {
    config: reader.config,
    schema: {
      operationId: 'getTimeline',
      summary: 'What happened to a host, in order',
      tags,
      security: reader.security,
      params: HostParams,
      querystring: OrderedQuery,
      response: answers('viewer-or-host', { 200: TimelinePage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { params, query } = request
      if (!(await store.hosts.get(params.hostId))) missing()
      const rows = await store.timeline.list(params.hostId, readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentTimelineEvent })
    },
  })
}

function hostAnswer(row: HostRow): Answer {
  const body = JSON.stringify(presentHost(row))
  return { status: 200, body, headers: { etag: etagOf(body) } }
}

function filterOf(query: z.infer<typeof HostQuery>): HostFilter {
  const { group, arch, state, hostname, hardware_model: hardwareModel, kernel_release: release } = query
  const [, name, value] = /^([^=]+)=(.*)$/.exec(query.label ?? '') ?? []
  const all = { group, arch, state, hostname, hardwareModel, release }
  const given = Object.entries(all).filter(([, v]) => v !== undefined)
  return {
    ...Object.fromEntries(given),
    ...(name !== undefined && value !== undefined && { label: { name, value } }),
  }
}

function missing(): never {
  throw notFound('host')
}
