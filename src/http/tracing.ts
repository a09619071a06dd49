import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'

const REQUEST_ID = /^[A-Za-z0-9._-]{1,100}$/
const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** The caller's own request id where it is a sane one, else a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID()
}

/** The log of one request: its lines carry the caller's trace. */
export function requestLog(
  log: FastifyBaseLogger,
  bindings: object,
  options: object,
  raw: { headers: object },
) {
  const traceparent = traceOf(raw.headers as Headers)
  return log.child({ ...bindings, ...(traceparent && { traceparent }) }, options)
}

/** Echoes what ties a request to its caller's trace. */
export function tracing(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    const traceparent = traceOf(request.headers)
    if (traceparent) reply.header('traceparent', traceparent)
  })
}

type Headers = IncomingMessage['headers']

function traceOf({ traceparent }: Headers): string | null {
  return typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? traceparent : null
}
