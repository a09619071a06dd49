import type { FastifyReply } from 'fastify'

/** Sends a page. What stands on it is the visitor's alone, so nobody keeps it. */
export function html(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text)
}
