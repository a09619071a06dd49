import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { NoQuery } from '../../wire/page.ts'
import {
  COMMANDS,
  HealthResult,
  NewHealthResult,
  Rollout,
  RolloutCommand,
  RolloutParams,
  SkipHost,
  type CommandName,
} from '../../wire/rollout.ts'
import { access, answers, BODY_CODES, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { tellHealth } from '../rollouts/health-life.ts'
import { command, skipHost } from '../rollouts/rollout-command.ts'
import { specOf } from '../rollouts/rollout-state.ts'
import type { Shell } from '../shell.ts'
import type { Answer, Writing } from '../write.ts'
import { rolloutNow } from './rollouts.ts'

const tags = ['rollouts']
const operator = access('operator')
const WRITE_CODES = ['not-found', ...BODY_CODES, ...REPEAT_CODES] as const

const SUMMARY: { readonly [name in CommandName]: string } = {
  submit: 'Hand a draft in; it starts at once where nobody has to approve it',
  approve: 'Approve it; who wrote it cannot',
  pause: 'Pause it: nothing more is granted, and deadlines stand still',
  resume: 'Go on where it stopped',
  halt: 'Put the brake on, by hand',
  acknowledge: 'Let the brake go; what has happened so far halts it no more',
  cancel: 'End it for good; who has jumped is still judged',
}

/** What operators tell a rollout; each with a reason, all of it in the audit. */
export const rolloutCommands: FastifyPluginAsyncZod<Shell> = async (app, { write }) => {
  for (const name of COMMANDS) {
    const refusals = name === 'approve' ? (['own-approval', 'approved-already'] as const) : []
    app.post(`/rollouts/:rolloutId/${name}`, {
      config: operator.config,
      schema: {
        operationId: `${name}Rollout`,
        summary: SUMMARY[name],
        tags,
        security: operator.security,
        params: RolloutParams,
        headers: WriteHeaders,
        querystring: NoQuery,
        body: RolloutCommand,
        response: answers('operator', { 200: Rollout }, ['wrong-rollout-state', ...refusals, ...WRITE_CODES]),
      },
      handler: async (request, reply) =>
        write(request, reply, async (writing) => {
          const { rolloutId } = request.params
          await command(writing, rolloutId, { name, reason: request.body.reason })
          return standing(writing, rolloutId)
        }),
    })
  }

  app.post('/rollouts/:rolloutId/skip-host', {
    config: operator.config,
    schema: {
      operationId: 'skipRolloutHost',
      summary: 'Take one host out; a missing one is in nobody’s way any more',
      tags,
      security: operator.security,
      params: RolloutParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: SkipHost,
      response: answers('operator', { 200: Rollout }, ['wrong-rollout-state', ...WRITE_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rolloutId } = request.params
        await skipHost(writing, rolloutId, request.body)
        return standing(writing, rolloutId)
      }),
  })

  app.post('/rollouts/:rolloutId/health', {
    config: operator.config,
    schema: {
      operationId: 'createHealthResult',
      summary: 'Tell a health gate what was found',
      tags,
      security: operator.security,
      params: RolloutParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewHealthResult,
      response: answers('operator', { 201: HealthResult }, WRITE_CODES),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rolloutId } = request.params
        const { gate: id, host, verdict, detail } = request.body
        const row = await writing.rows.rollouts.get(rolloutId)
        if (!row) throw notFound('rollout')
        const gate = specOf(row).health.find((g) => g.id === id)
        if (!gate) throw wrong('/gate', 'the rollout has no such gate')
        if ((gate.scope === 'host') !== (host !== null))
          throw wrong(
            '/host',
            `this gate has one result for ${gate.scope === 'host' ? 'each host' : 'all hosts'}`,
          )
        const by = writing.actor
        // It may let the rollout go on.
        await writing.audit('health-result.create', rolloutId, { gate: id, host, verdict })
        await tellHealth(writing, { rolloutId, gate: id, hostId: host, verdict, detail, by })
        const told: HealthResult = { gate: id, host, verdict, detail, at: writing.at.toISOString(), by }
        return { status: 201, body: JSON.stringify(told) }
      }),
  })
}

async function standing({ rows }: Writing, rolloutId: string): Promise<Answer> {
  const body = JSON.stringify(await rolloutNow(rows, rolloutId))
  return { status: 200, body, headers: { etag: etagOf(body) } }
}

function wrong(pointer: string, detail: string): RequestFailed {
  return new RequestFailed({ code: 'invalid-input', errors: [{ pointer, code: 'invalid', detail }] })
}
