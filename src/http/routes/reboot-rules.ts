import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { newId } from '../../store/new-id.ts'
import type { RebootRule as RuleRow } from '../../store/reboot-rules.ts'
import { NoQuery } from '../../wire/page.ts'
import {
  NewRebootRule,
  RebootRule,
  RebootRulePage,
  RebootRuleParams,
  RebootRuleQuery,
} from '../../wire/reboot-rule.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import type { Shell } from '../shell.ts'

const tags = ['reboot rules']
const viewer = access('viewer')
const operator = access('operator')

/** Reboot rules: modes that a hardware model doesn't get, with evidence; one mode for one host's next reboot. */
export const rebootRules: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.post('/reboot-rules', {
    config: operator.config,
    schema: {
      operationId: 'createRebootRule',
      summary: 'Deny a hardware model a way of rebooting, or say how one host reboots next',
      tags,
      security: operator.security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewRebootRule,
      response: answers('operator', { 201: RebootRule }, ['not-found', ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { body } = request
        const { kind, mode, reason, expires_at } = body
        const expiresAt = expires_at === null ? null : new Date(expires_at)
        if (expiresAt && expiresAt <= at) throw notInFuture()
        const hostId = kind === 'override' ? body.host : null
        if (hostId !== null && !(await rows.hosts.get(hostId))) throw notFound('host')
        const row = await rows.rebootRules.insert({
          ...{ id: newId('rule', at), kind, hostId, mode, reason, expiresAt, usedBy: null },
          model: kind === 'denial' ? body.hardware_model : null,
          evidence: JSON.stringify(kind === 'denial' ? body.evidence : []),
          createdAt: at,
          createdBy: actor,
        })
        await rows.rollouts.touchStarted()
        await audit('reboot-rule.create', row.id, body)
        const made = JSON.stringify(present(row))
        return {
          status: 201,
          body: made,
          headers: { location: `/v1/reboot-rules/${row.id}`, etag: etagOf(made) },
        }
      }),
  })

  app.get('/reboot-rules', {
    config: viewer.config,
    schema: {
      operationId: 'listRebootRules',
      summary: 'Reboot rules, the expired and used ones too; by hardware model or host',
      tags,
      security: viewer.security,
      querystring: RebootRuleQuery,
      response: answers('viewer', { 200: RebootRulePage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const filter = {
        ...(query.hardware_model === undefined ? {} : { model: query.hardware_model }),
        ...(query.host === undefined ? {} : { hostId: query.host }),
      }
      const rows = await store.rebootRules.list(readPage(request, query), filter)
      return toPage(request, reply, { rows, query, present })
    },
  })

  app.get('/reboot-rules/:ruleId', {
    config: viewer.config,
    schema: {
      operationId: 'getRebootRule',
      summary: 'One reboot rule',
      tags,
      security: viewer.security,
      params: RebootRuleParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: RebootRule }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.rebootRules.get(params.ruleId)
      if (!row) throw notFound('reboot rule')
      return present(row)
    },
  })

  app.delete('/reboot-rules/:ruleId', {
    config: operator.config,
    schema: {
      operationId: 'deleteRebootRule',
      summary: 'Take a reboot rule back, at once',
      description: 'Without If-Match, on purpose: nobody changes a rule.',
      tags,
      security: operator.security,
      params: RebootRuleParams,
      querystring: NoQuery,
      response: answers('operator', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { ruleId } = request.params
        const row = await rows.rebootRules.get(ruleId)
        if (!row) throw notFound('reboot rule')
        await rows.rebootRules.remove(ruleId)
        await rows.rollouts.touchStarted()
        await audit('reboot-rule.delete', ruleId, present(row))
        return { status: 204, body: '' }
      }),
  })
}

function notInFuture(): RequestFailed {
  const error = { pointer: '/expires_at', code: 'too-early', detail: 'must lie in the future' }
  return new RequestFailed({ code: 'invalid-input', errors: [error] })
}

function present(row: RuleRow): RebootRule {
  const { id, mode, reason, expiresAt, usedBy, createdAt, createdBy } = row
  const told = {
    ...{ id, mode: mode as RebootRule['mode'], reason },
    expires_at: expiresAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    created_by: createdBy,
  }
  return row.kind === 'override'
    ? { kind: 'override', ...told, host: row.hostId ?? '', used_by: usedBy }
    : {
        kind: 'denial',
        ...told,
        hardware_model: row.model ?? '',
        evidence: JSON.parse(row.evidence) as string[],
      }
}
