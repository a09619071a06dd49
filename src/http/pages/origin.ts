import type { FastifyRequest } from 'fastify'

/** Base URL of the service as the browser sees it. */
export function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}
