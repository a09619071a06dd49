import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { newId } from '../../store/new-id.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import { NewPause, Pause, PausePage, PauseParams } from '../../wire/pause.ts'
import { ForgetQuery } from '../../wire/pin.ts'
import { access, answers, BODY_CODES, MatchHeaders, NoContent } from '../contract.ts'
import { etagOf, requireMatch } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentPause, tellPause } from '../rollouts/standing-pauses.ts'
import type { Shell } from '../shell.ts'

const tags = ['pauses']
const viewer = access('viewer')
const operator = access('operator')

/** Pauses of the fleet and of groups: whatever rollout there is or will be, their hosts are left alone. */
export const pauses: FastifyPluginAsyncZod<Shell> = async (app, { store, write, now }) => {
  app.get('/pauses', {
    config: viewer.config,
    schema: {
      operationId: 'listPauses',
      summary: 'Every scope that is paused now',
      tags,
      security: viewer.security,
      querystring: PageQuery,
      response: answers('viewer', { 200: PausePage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const rows = await store.pauses.list(readPage(request, query), now())
      return toPage(request, reply, { rows, query, present: presentPause })
    },
  })

  app.get('/pauses/:pausedScope', {
    config: viewer.config,
    schema: {
      operationId: 'getPause',
      summary: 'The pause of one scope',
      tags,
      security: viewer.security,
      params: PauseParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: Pause }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.pauses.current(params.pausedScope, now())
      if (!row) throw notFound('pause')
      return presentPause(row)
    },
  })

  app.put('/pauses/:pausedScope', {
    config: operator.config,
    schema: {
      operationId: 'setPause',
      summary: 'Pause the fleet or a group, with a reason; or say another reason or end of a pause',
      description:
        'Nothing is granted and nothing that was granted may start, in any rollout; deadlines stand still. Who has jumped already is judged as ever. The first one needs no If-Match. A pause that is changed goes on since it began.',
      tags,
      security: operator.security,
      params: PauseParams,
      headers: MatchHeaders,
      querystring: NoQuery,
      body: NewPause,
      response: answers('operator', { 200: Pause, 201: Pause }, [
        'precondition-required',
        'precondition-failed',
        ...BODY_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async (writing) => {
        const { rows, at, actor } = writing
        const { pausedScope: scope } = request.params
        const { reason } = request.body
        const until = request.body.until === null ? null : new Date(request.body.until)
        if (until && until <= at) throw notInFuture()
        const before = await rows.pauses.current(scope, at)
        if (before) requireMatch(request, JSON.stringify(presentPause(before)))
        else if (request.headers['if-match'] !== undefined) throw nothingToMatch()
        const row = await rows.pauses.set({
          ...{ id: before?.id ?? newId('pause', at), scope, since: before?.since ?? at, until },
          ...{ endedAt: null, generation: (before?.generation ?? 0) + 1, reason, setAt: at, setBy: actor },
        })
        const made = presentPause(row)
        const detail = `${reason}${made.until === null ? '' : `, until ${made.until}`}`
        const audit = { reason, until: made.until, before: before && presentPause(before) }
        await tellPause(writing, scope, { kind: 'paused', detail, audit })
        const body = JSON.stringify(made)
        return { status: before ? 200 : 201, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.delete('/pauses/:pausedScope', {
    config: operator.config,
    schema: {
      operationId: 'endPause',
      summary: 'End a pause, with a reason: rollouts go on where they stopped',
      tags,
      security: operator.security,
      params: PauseParams,
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
      write(request, reply, async (writing) => {
        const { rows, at } = writing
        const { pausedScope: scope } = request.params
        const { reason } = request.query
        const row = await rows.pauses.current(scope, at)
        if (!row) throw notFound('pause')
        const before = presentPause(row)
        requireMatch(request, JSON.stringify(before))
        await rows.pauses.set({ ...row, endedAt: at })
        await tellPause(writing, scope, { kind: 'unpaused', detail: reason, audit: { reason, before } })
        return { status: 204, body: '' }
      }),
  })
}

function notInFuture(): RequestFailed {
  const error = { pointer: '/until', code: 'too-early', detail: 'must lie in the future' }
  return new RequestFailed({ code: 'invalid-input', errors: [error] })
}

function nothingToMatch(): RequestFailed {
  return new RequestFailed({ code: 'precondition-failed', detail: 'there is none yet that could match' })
}
