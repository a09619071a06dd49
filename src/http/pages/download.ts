import type { FastifyReply } from 'fastify'

interface Answered {
  readonly data?: unknown
  readonly response: Response
}

/** Hands on what the API has answered as a file, in the API's own bytes. It is shown as no page of this service. */
export function download(reply: FastifyReply, name: string, { data, response }: Answered): FastifyReply {
  return reply
    .type(response.headers.get('content-type') ?? 'application/octet-stream')
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('cache-control', 'no-store')
    .send(data)
}
