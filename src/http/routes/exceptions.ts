import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ApprovedException as ExceptionRow } from '../../store/exceptions.ts'
import { newId } from '../../store/new-id.ts'
import {
  ApprovedException,
  ExceptionPage,
  ExceptionParams,
  ExceptionQuery,
  NewException,
} from '../../wire/exception.ts'
import { NoQuery } from '../../wire/page.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import type { Shell } from '../shell.ts'

const tags = ['exceptions']
const viewer = access('viewer')
const operator = access('operator')

/** Exceptions: protected memory that a plan may use after all, each with who answers for it, why and until when. */
export const exceptions: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.post('/exceptions', {
    config: operator.config,
    schema: {
      operationId: 'createException',
      summary: 'Allow plans to use protected memory that their boot does without',
      description:
        'It alone frees nothing: a plan must ask for it, and its boot entry must show the evidence.',
      tags,
      security: operator.security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewException,
      response: answers('operator', { 201: ApprovedException }, [
        'not-found',
        ...BODY_CODES,
        ...REPEAT_CODES,
      ]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { kind, scope, policy, approver, reason, expires_at } = request.body
        const expiresAt = new Date(expires_at)
        if (expiresAt <= at) throw notInFuture()
        const hostId = 'host' in scope ? scope.host : null
        const group = 'group' in scope ? scope.group : null
        if (hostId !== null && !(await rows.hosts.get(hostId))) throw notFound('host')
        const row = await rows.exceptions.insert({
          id: newId('exc', at),
          ...{ kind, hostId, group, policy, approver, reason, expiresAt },
          createdAt: at,
          createdBy: actor,
        })
        await audit('exception.create', row.id, { kind, scope, policy, approver, reason, expires_at })
        const body = JSON.stringify(present(row))
        return { status: 201, body, headers: { location: `/v1/exceptions/${row.id}`, etag: etagOf(body) } }
      }),
  })

  app.get('/exceptions', {
    config: viewer.config,
    schema: {
      operationId: 'listExceptions',
      summary: 'Exceptions, the expired ones too; by host or group',
      tags,
      security: viewer.security,
      querystring: ExceptionQuery,
      response: answers('viewer', { 200: ExceptionPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const filter = {
        ...(query.host === undefined ? {} : { hostId: query.host }),
        ...(query.group === undefined ? {} : { group: query.group }),
      }
      const rows = await store.exceptions.list(readPage(request, query), filter)
      return toPage(request, reply, { rows, query, present })
    },
  })

  app.get('/exceptions/:exceptionId', {
    config: viewer.config,
    schema: {
      operationId: 'getException',
      summary: 'One exception',
      tags,
      security: viewer.security,
      params: ExceptionParams,
      querystring: NoQuery,
      response: answers('viewer', { 200: ApprovedException }, ['not-found']),
    },
    handler: async ({ params }) => {
      const row = await store.exceptions.get(params.exceptionId)
      if (!row) throw notFound('exception')
      return present(row)
    },
  })

  app.delete('/exceptions/:exceptionId', {
    config: operator.config,
    schema: {
      operationId: 'deleteException',
      summary: 'Take an exception back, at once',
      description:
        'Without If-Match, on purpose: an exception never changes. Plans that used it keep saying so.',
      tags,
      security: operator.security,
      params: ExceptionParams,
      querystring: NoQuery,
      response: answers('operator', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { exceptionId } = request.params
        const row = await rows.exceptions.get(exceptionId)
        if (!row) throw notFound('exception')
        await rows.exceptions.remove(exceptionId)
        await audit('exception.delete', exceptionId, present(row))
        return { status: 204, body: '' }
      }),
  })
}

function notInFuture(): RequestFailed {
  const error = { pointer: '/expires_at', code: 'too-early', detail: 'must lie in the future' }
  return new RequestFailed({ code: 'invalid-input', errors: [error] })
}

function present(row: ExceptionRow): ApprovedException {
  const { id, kind, hostId, group, policy, approver, reason, expiresAt, createdAt, createdBy } = row
  return {
    id,
    kind: kind as ApprovedException['kind'],
    scope: hostId === null ? { group: group as string } : { host: hostId },
    policy,
    approver,
    reason,
    expires_at: expiresAt.toISOString(),
    created_at: createdAt.toISOString(),
    created_by: createdBy,
  }
}
