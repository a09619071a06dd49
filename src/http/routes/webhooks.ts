import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { newId } from '../../store/new-id.ts'
import type { Rows } from '../../store/open-store.ts'
import type { Webhook as WebhookRow } from '../../store/webhooks.ts'
import { NoQuery, PageQuery } from '../../wire/page.ts'
import {
  MintedWebhook,
  NewWebhook,
  Webhook,
  WebhookPage,
  WebhookParams,
  WebhookResumption,
} from '../../wire/webhook.ts'
import { access, answers, BODY_CODES, NoContent, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { etagOf } from '../etag.ts'
import { notFound, RequestFailed } from '../failure.ts'
import { urlFault } from '../outbound/url-fault.ts'
import { readPage, toPage } from '../page.ts'
import type { Shell } from '../shell.ts'
import { presentWebhook } from '../webhooks/present-webhook.ts'
import { newSecret, secretBox } from '../webhooks/secret-box.ts'

export interface ForWebhooks extends Shell {
  /** Where they may lead though it is not public or not https. */
  readonly origins: readonly string[]
}

const tags = ['webhooks']
const { config, security } = access('admin')

/** Whom the service tells of events by itself. */
export const webhooks: FastifyPluginAsyncZod<ForWebhooks> = async (
  app,
  { store, write, signer, origins },
) => {
  const secrets = secretBox(signer)

  app.post('/webhooks', {
    config,
    schema: {
      operationId: 'createWebhook',
      summary: 'Have events sent to a URL, from now on; its secret is shown this once',
      description:
        'Each is a signed POST of a WebhookMessage, as Standard Webhooks has it: `webhook-id`, `webhook-timestamp` and `webhook-signature` by the secret. They come in the order of events, each at least once; `webhook-id` is the same when one comes again. Any answer of 2xx within 15 seconds is success, redirects are not followed, 410 disables it. After an attempt in vain the next ones come after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, and then once a day, for as long as the service keeps the event; what it kept no longer is told by an event of kind `gap`. The secret is stored sealed by a key that is derived from the signing key.',
      tags,
      security,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: NewWebhook,
      response: answers('admin', { 201: MintedWebhook }, ['not-found', ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, actor, audit }) => {
        const { url, kinds, rollout: rolloutId, group, reason } = request.body
        const fault = urlFault(url, origins)
        if (fault) throw badUrl(fault)
        if (rolloutId !== null && !(await rows.rollouts.get(rolloutId))) throw notFound('rollout')
        const secret = newSecret()
        const row = await rows.webhooks.insert({
          id: newId('hook', at),
          ...{ url, kinds: kinds && JSON.stringify(kinds), rolloutId, group, reason },
          secret: secrets.seal(secret),
          ...{ createdAt: at, createdBy: actor, state: 'active', stateSince: at },
          cursor: await newestOf(rows),
        })
        await audit('webhook.create', row.id, { url, kinds, rollout: rolloutId, group, reason })
        const body = JSON.stringify({ ...(await presentWebhook(rows, row)), secret })
        return { status: 201, body, headers: { location: `/v1/webhooks/${row.id}` } }
      }),
  })

  app.get('/webhooks', {
    config,
    schema: {
      operationId: 'listWebhooks',
      summary: 'Webhooks and how they stand; never their secrets',
      tags,
      security,
      querystring: PageQuery,
      response: answers('admin', { 200: WebhookPage }, ['bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query } = request
      const rows = await store.webhooks.list(readPage(request, query))
      const page = toPage(request, reply, { rows, query, present: (row) => row })
      return { ...page, items: await Promise.all(page.items.map((row) => presentWebhook(store, row))) }
    },
  })

  app.get('/webhooks/:webhookId', {
    config,
    schema: {
      operationId: 'getWebhook',
      summary: 'One webhook, how it stands, and what became of the last delivery',
      tags,
      security,
      params: WebhookParams,
      querystring: NoQuery,
      response: answers('admin', { 200: Webhook }, ['not-found']),
    },
    handler: async ({ params }) => presentWebhook(store, await webhookOf(store, params.webhookId)),
  })

  app.post('/webhooks/:webhookId/resume', {
    config,
    schema: {
      operationId: 'resumeWebhook',
      summary: 'Try a failing or disabled webhook again at once',
      tags,
      security,
      params: WebhookParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: WebhookResumption,
      response: answers('admin', { 200: Webhook }, ['not-found', ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const { from, reason } = request.body
        const before = await webhookOf(rows, request.params.webhookId)
        const row = await rows.webhooks.take(before.id, {
          ...{ state: 'active', failures: 0, nextAt: null },
          ...(before.state !== 'active' && { stateSince: at }),
          ...(from === 'now' && { cursor: await newestOf(rows) }),
        })
        await audit('webhook.resume', row.id, { from, reason })
        const body = JSON.stringify(await presentWebhook(rows, row))
        return { status: 200, body, headers: { etag: etagOf(body) } }
      }),
  })

  app.delete('/webhooks/:webhookId', {
    config,
    schema: {
      operationId: 'deleteWebhook',
      summary: 'Send nothing there any more, at once',
      description: 'Without If-Match, on purpose: a webhook that tells the wrong people must go at once.',
      tags,
      security,
      params: WebhookParams,
      querystring: NoQuery,
      response: answers('admin', { 204: NoContent }, ['not-found', ...BODY_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, audit }) => {
        const { id, url } = await webhookOf(rows, request.params.webhookId)
        await rows.webhooks.remove(id)
        await audit('webhook.delete', id, { url })
        return { status: 204, body: '' }
      }),
  })
}

/** Errors: `not-found`. */
export async function webhookOf(rows: Rows, id: string): Promise<WebhookRow> {
  const row = await rows.webhooks.get(id)
  if (!row) throw notFound('webhook')
  return row
}

async function newestOf(rows: Rows): Promise<number> {
  return (await rows.events.kept())?.last ?? 0
}

function badUrl(detail: string): RequestFailed {
  const error = { pointer: '/url', code: 'not-allowed', detail }
  return new RequestFailed({ code: 'invalid-input', errors: [error] })
}
