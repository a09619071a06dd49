import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { newId } from '../../store/new-id.ts'
import { NoQuery } from '../../wire/page.ts'
import { DeliveryPage, DeliveryQuery, Ping, WebhookParams } from '../../wire/webhook.ts'
import { access, answers, BODY_CODES, EmptyBody, REPEAT_CODES, WriteHeaders } from '../contract.ts'
import { readPage, toPage } from '../page.ts'
import type { Shell } from '../shell.ts'
import { presentDelivery } from '../webhooks/present-webhook.ts'
import { webhookOf } from './webhooks.ts'

const tags = ['webhooks']
const { config, security } = access('admin')

/** What became of what was sent to webhooks, and how to try them. */
export const webhookDeliveries: FastifyPluginAsyncZod<Shell> = async (app, { store, write }) => {
  app.get('/webhooks/:webhookId/deliveries', {
    config,
    schema: {
      operationId: 'listDeliveries',
      summary: 'Every attempt to send to a webhook, the newest thousand',
      tags,
      security,
      params: WebhookParams,
      querystring: DeliveryQuery,
      response: answers('admin', { 200: DeliveryPage }, ['not-found', 'bad-cursor']),
    },
    handler: async (request, reply) => {
      const { query, params } = request
      const { id } = await webhookOf(store, params.webhookId)
      const rows = await store.webhookDeliveries.list(id, readPage(request, query))
      return toPage(request, reply, { rows, query, present: presentDelivery })
    },
  })

  app.post('/webhooks/:webhookId/test', {
    config,
    schema: {
      operationId: 'testWebhook',
      summary: 'Send a message of type `webhook.ping`, once, whatever state the webhook is in',
      description: 'It is sent within seconds; the deliveries show what became of it.',
      tags,
      security,
      params: WebhookParams,
      headers: WriteHeaders,
      querystring: NoQuery,
      body: EmptyBody,
      response: answers('admin', { 202: Ping }, ['not-found', ...BODY_CODES, ...REPEAT_CODES]),
    },
    handler: async (request, reply) =>
      write(request, reply, async ({ rows, at, audit }) => {
        const { id, ping } = await webhookOf(rows, request.params.webhookId)
        // One that waits to be sent does for both who have asked.
        const message = ping ?? newId('msg', at)
        if (ping === null) await rows.webhooks.ping(id, message)
        await audit('webhook.test', id, { message })
        return { status: 202, body: JSON.stringify({ message }) }
      }),
  })
}
