import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RequestFailed } from './failure.ts'

/** A strong ETag: the same bytes, and only they, have it. */
export function etagOf(content: string): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 32)}"`
}

/** Gives every GET its ETag, and answers 304 to who has it already. */
export function etags(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (!reads || reply.statusCode !== 200 || typeof payload !== 'string') return payload
    // A page is the visitor's alone, and never the same twice.
    if (reply.getHeader('cache-control') === 'no-store') return payload
    const etag = etagOf(payload)
    reply.header('etag', etag).header('cache-control', 'no-cache')
    if (!names(request.headers['if-none-match'], etag)) return payload
    reply.code(304).removeHeader('content-type')
    reply.removeHeader('content-length')
    return ''
  })
}

/**
 * Holds a write back unless the caller has seen what it changes.
 *
 * Errors: `precondition-required` without If-Match, `precondition-failed` when it names other content.
 */
export function requireMatch(request: FastifyRequest, current: string): void {
  const header = request.headers['if-match']
  if (header === undefined) {
    throw new RequestFailed({
      code: 'precondition-required',
      detail: 'send If-Match with the ETag of what you saw',
    })
  }
  // Weak ETags never match here: If-Match compares strongly.
  if (!names(header, etagOf(current), true)) {
    throw new RequestFailed({ code: 'precondition-failed', detail: 'it has changed since; read it again' })
  }
}

function names(header: string | undefined, etag: string, strong = false): boolean {
  if (header === undefined) return false
  const tags = header.split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || tag === etag || (!strong && tag === `W/${etag}`))
}
