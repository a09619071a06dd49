import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { newId } from '../../store/new-id.ts'
import { KeyPage, MintedKey, NewKey } from '../../wire/key.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import { mintBearer } from '../bearer.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { notFound } from '../failure.ts'
import { readPage, toPage } from '../page.ts'
import { presentKey } from '../present.ts'
import type { Shell } from '../shell.ts'

const tags = ['keys']
const { config, security } = access('admin')
const KeyParams = z.strictObject({ keyId: z.string().max(100) })

/** Keys of people and tools. */
export const keys: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.post('/keys', {
    config,
    schema: {
      operationId: 'createKey',
      summary: 'Make an API key; it is shown this once',
      tags,
      security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewKey,
      response: answers('admin', { 201: MintedKey }, [...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { role, name, expires_in } = request.body
        const id = newId('key', at)
        const { shown, hash } = mintBearer(role, id)
        const expiresAt = expires_in === undefined ? null : new Date(at.getTime() + expires_in * 1000)
        const row = await rows.keys.insert({
          id,
          role,
          name,
          secretHash: hash,
          createdAt: at,
          createdBy: actor,
          expiresAt,
        })
        await audit('key.create', id, { role, name })
        return { status: 201, body: JSON.stringify({ ...presentKey(row), key: shown }) }
      }),
  })

  app.get('/keys', {
    config,
    schema: {
      operationId: 'listKeys',
      summary: 'Keys, revoked ones too; never their secrets',
      tags,
      security,
      querystring: PageQuery,
      response: answers('admin', { 200: KeyPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const rows = await store.keys.list(readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentKey })
    },
  })

  app.delete('/keys/:keyId', {
    config,
    schema: {
      operationId: 'revokeKey',
      summary: 'Revoke a key, at once',
      description: 'Without If-Match, on purpose: a key that leaked must not stay because it was just used.',
      tags,
      security,
      params: KeyParams,
      querystring: NoQuery,
      response: answers('admin', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const { keyId } = request.params
        const key = await rows.keys.get(keyId)
        if (!key) throw notFound('key')
        if (!key.revokedAt) {
          await rows.keys.revoke(keyId, at)
          await audit('key.revoke', keyId)
        }
        return { status: 204, body: '' }
      }),
  })
}
