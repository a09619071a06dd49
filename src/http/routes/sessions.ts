import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { FastifyRequest } from 'fastify'
import type { ApiKey } from '../../store/keys.ts'
import { newId } from '../../store/new-id.ts'
import type { Session as SessionRow } from '../../store/sessions.ts'
import { NoQuery } from '../../wire/page.ts'
import { MintedSession, Session } from '../../wire/session.ts'
import { actorOf } from '../actor.ts'
import { mintBearer } from '../bearer.ts'
import { access, answers, BODY_CODES, EmptyBody, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { notFound, RequestFailed } from '../failure.ts'
import type { Shell } from '../shell.ts'

const tags = ['keys']
const { config, security } = access('viewer')

/** A browser keeps a session for a working day, never the key itself. */
const LASTS_MS = 12 * 3600 * 1000

/** Sessions: a key is traded for a credential that ends by itself, and can be ended alone. */
export const sessions: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.post('/sessions', {
    config,
    schema: {
      operationId: 'createSession',
      summary: 'Sign in: trade a key for a session, which ends after 12 hours or with the key',
      tags,
      security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: EmptyBody,
      response: answers('viewer', { 201: MintedSession }, [...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const key = await keyOf(rows.keys.get, request)
        if (sessionOf(request) !== null) {
          throw new RequestFailed({
            code: 'forbidden',
            detail: 'a session cannot be traded for another: use the key',
          })
        }
        const id = newId('sess', at)
        const { shown, hash } = mintBearer('session', id)
        const latest = new Date(at.getTime() + LASTS_MS)
        const expiresAt = key.expiresAt && key.expiresAt < latest ? key.expiresAt : latest
        const row = { id, secretHash: hash, keyId: key.id, createdAt: at, expiresAt }
        await rows.sessions.forgetEnded(at)
        await rows.sessions.insert(row)
        await audit('session.create', id)
        return { status: 201, body: JSON.stringify({ ...present(row, key), token: shown }) }
      }),
  })

  app.get('/sessions/current', {
    config,
    schema: {
      operationId: 'getSession',
      summary: 'The session that asks, and whose it is',
      tags,
      security,
      querystring: NoQuery,
      response: answers('viewer', { 200: Session }, ['not-found']),
    },
    handler: async (request) => {
      const session = await store.sessions.get(sessionOf(request) ?? '')
      if (!session) throw notFound('session')
      return present(session, await keyOf(store.keys.get, request))
    },
  })

  app.delete('/sessions/current', {
    config,
    schema: {
      operationId: 'endSession',
      summary: 'Sign out: the session that asks ends at once',
      tags,
      security,
      querystring: NoQuery,
      response: answers('viewer', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const id = sessionOf(request)
        if (id === null) throw notFound('session')
        await rows.sessions.end(id)
        await audit('session.end', id)
        return { status: 204, body: '' }
      }),
  })
}

function sessionOf(request: FastifyRequest): string | null {
  const actor = actorOf(request)
  return actor?.kind === 'key' ? (actor.session ?? null) : null
}

async function keyOf(get: (id: string) => Promise<ApiKey | null>, request: FastifyRequest): Promise<ApiKey> {
  const key = await get(actorOf(request)?.id ?? '')
  if (!key) throw notFound('key')
  return key
}

function present({ id, createdAt, expiresAt }: SessionRow, key: ApiKey): Session {
  return {
    id,
    key: key.id,
    role: key.role as Session['role'],
    name: key.name,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt.toISOString(),
  }
}
