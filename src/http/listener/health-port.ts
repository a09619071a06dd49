import { createServer, type Server } from 'node:http'
import type { FastifyInstance } from 'fastify'

const PATHS = new Set(['/livez', '/readyz'])
/** Those who watch are few; whoever else comes is not to use up the process's files. */
const MOST_CONNECTIONS = 100

/**
 * Answers `/livez` and `/readyz`, and nothing else, on a port of their own and without TLS: for who watches over the
 * service and has no client certificate.
 *
 * Errors: rejects where the port cannot be listened on.
 */
export async function healthPort(
  app: FastifyInstance,
  at: { readonly host: string; readonly port: number },
): Promise<Server> {
  const server = createServer({ requestTimeout: 5000, headersTimeout: 5000 }, (request, response) => {
    const { method, url } = request
    if ((method !== 'GET' && method !== 'HEAD') || !PATHS.has(url ?? '')) {
      response.writeHead(404, { connection: 'close' }).end()
      return
    }
    app.inject({ method, url: url ?? '' }).then(
      (answer) => response.writeHead(answer.statusCode, answer.headers as never).end(answer.rawPayload),
      () => response.writeHead(503, { connection: 'close' }).end(),
    )
  })
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(at.port, at.host, resolve)
  })
  return server
}
