import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Rows } from '../../store/open-store.ts'
import { HostParams } from '../../wire/host.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import { ForgetQuery } from '../../wire/pin.ts'
import {
  EffectivePolicy,
  NewPolicy,
  Policy,
  PolicyPage,
  PolicyParams,
  PolicyVersionPage,
} from '../../wire/policy.ts'
import { access, answers, BODY_CODES, MatchHeaders, NoContent } from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { effectivePolicy, presentEffective } from '../pins/pin-policy.ts'
import { presentPolicy, presentPolicyVersion } from '../present.ts'
import type { Shell } from '../shell.ts'

const tags = ['policies']
const viewer = access('viewer')
const reader = access('viewer-or-host')
const operator = access('operator')

/** Policies: how pins are chosen and kept, for the fleet, a group or one host; of each rule the nearest wins. */
export const policies: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/policies', {
    config: viewer.config,
    schema: {
      operationId: 'listPolicies',
      summary: 'Every scope that sets a policy',
      tags,
      security: viewer.security,
      querystring: PageQuery,
      response: answers('viewer', { 200: PolicyPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const stored = await store.policies.list(readPage(request, query))
      const rows = stored.map((row) => ({ ...row, id: row.scope }))
      return toPage(request, reply, { rows, query, present: presentPolicy })
    },
  })

  app.get('/policies/:scope', {
    config: viewer.config,
    schema: {
      operationId: 'getPolicy',
      summary: 'What one scope sets',
      tags,
      security: viewer.security,
      params: PolicyParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: Policy }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.policies.get(params.scope)
      if (!row) throw notFound('policy')
      return presentPolicy(row)
    },
  })

  app.put('/policies/:scope', {
    config: operator.config,
    schema: {
      operationId: 'setPolicy',
      summary: 'Say how pins are chosen and kept in one scope, with a reason',
      description:
        'Takes the place of all that the scope set before. The first one needs no If-Match: there is nothing yet that it could change. Pins that hold stay where they are.',
      tags,
      security: operator.security,
      params: PolicyParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewPolicy,
      response: answers('operator', { 200: Policy, 201: Policy }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { scope } = request.params
        const { rules, reason } = request.body
        await mustBeThere(rows, scope)
        const before = await rows.policies.get(scope)
        const was = before && presentPolicy(before)
        if (was) requireMatch(request, JSON.stringify(was))
        else if (request.headers['if-match'] !== undefined) throw nothingToMatch()
        const set = { scope, rules: JSON.stringify(rules), reason, setAt: at, setBy: actor }
        const row = await rows.policies.set(set)
        await audit('policy.set', scope, { reason, before: was?.rules ?? null, after: rules })
        const body = JSON.stringify(presentPolicy(row))
        return { status: was ? 200 : 201, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.delete('/policies/:scope', {
    config: operator.config,
    schema: {
      operationId: 'forgetPolicy',
      summary: 'Forget what one scope sets, with a reason: the wider scopes hold again',
      tags,
      security: operator.security,
      params: PolicyParams,
      headers: MatchHeaders,
      querystring: ForgetQuery,
      response: answers('operator', { 204: NoContent }, [
        'not-found',
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { scope } = request.params
        const { reason } = request.query
        const row = await rows.policies.get(scope)
        if (!row) throw notFound('policy')
        const was = presentPolicy(row)
        requireMatch(request, JSON.stringify(was))
        await rows.policies.forget({ scope, reason, setAt: at, setBy: actor })
        await audit('policy.forget', scope, { reason, before: was.rules, after: null })
        return { status: 204, body: '' }
      }),
  })

  app.get('/policies/:scope/history', {
    config: viewer.config,
    schema: {
      operationId: 'listPolicyVersions',
      summary: 'Everything that one scope ever set, oldest first: by whom, when and why',
      tags,
      security: viewer.security,
      params: PolicyParams,
      querystring: PageQuery,
      response: answers('viewer', { 200: PolicyVersionPage }, ['bad-cursor', 'not-found']),
    },
    handler: async (request, reply) => {
      const { query, params } = request
      const page = readPage(request, query)
      const rows = await store.policies.versions(params.scope, page)
      if (rows.length === 0 && page.after === null) throw notFound('policy')
      return toPage(request, reply, { rows, query, present: presentPolicyVersion })
    },
  })

  app.get('/hosts/:hostId/policy', {
    config: reader.config,
    schema: {
      operationId: 'getHostPolicy',
      summary: 'Every rule that holds for a host, and which scope it comes from',
      tags,
      security: reader.security,
      params: HostParams,
      querystring: NoQuery,
      response: answers('viewer-or-host', { 200: EffectivePolicy }, ['not-found']),
    },
    handler: async ({ params }) => {
      const host = await store.hosts.get(params.hostId)
      if (!host) throw notFound('host')
      return presentEffective(host.id, await effectivePolicy(store, host))
    },
  })
}

/** A group may get its policy before its first host; a host has to be there. */
async function mustBeThere(rows: Rows, scope: string): Promise<void> {
  const [of, id = ''] = scope.split(':')
  if (of === 'host' && !(await rows.hosts.get(id))) throw notFound('host')
}

function nothingToMatch(): RequestFailed {
  return new RequestFailed({ code: 'precondition-failed', detail: 'there is none yet that could match' })
}
