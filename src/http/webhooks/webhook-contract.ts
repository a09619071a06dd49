/** What receivers are sent, for the contract: a POST that the service makes, not one that it answers. */
export const WEBHOOKS = {
  event: {
    post: {
      operationId: 'receiveEvent',
      summary: 'What a webhook is sent: one event, signed',
      tags: ['webhooks'],
      security: [],
      parameters: [
        headerOf('webhook-id', 'The same for every attempt to send one event.', 'string'),
        headerOf('webhook-timestamp', 'When this attempt was made: seconds since 1970.', 'integer'),
        headerOf(
          'webhook-signature',
          '`v1,` and the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}`, base64.',
          'string',
        ),
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/WebhookMessage' } } },
      },
      responses: {
        '2XX': { description: 'Taken; the next event may come.' },
        '410': { description: 'Send nothing more: the webhook is disabled.' },
        default: {
          description: 'Not taken: it is sent again later, after `Retry-After` where that is longer.',
        },
      },
    },
  },
} as const

function headerOf(name: string, description: string, type: string) {
  return { in: 'header', name, required: true, description, schema: { type } } as const
}
