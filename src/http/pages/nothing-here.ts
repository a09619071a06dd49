import type { FastifyReply, FastifyRequest } from 'fastify'
import { troublePage } from '../../web/trouble.tsx'
import { problemOf } from '../problems.ts'
import { html } from './html.ts'
import { PAGE_POLICY } from './policy.ts'
import { originOf } from './origin.ts'

/** Whether somebody looks for a page with a browser; programs get a problem. */
export function looksForPage({ method, url, headers }: FastifyRequest): boolean {
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && !/^\/(v1|fleetlock)\//.test(url) && headers.accept?.includes('text/html') === true
}

/** The page for a path at which there is none. */
export function nothingHere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = { code: 'no-such-route', detail: 'There is no page at this path.' } as const
  const { problem } = problemOf(failure, `urn:berth:request:${request.id}`)
  const visit = { who: null, csrf: '', calls: [], seen: null, path: request.url, origin: originOf(request) }
  return html(reply.code(404).header('content-security-policy', PAGE_POLICY), troublePage(visit, { problem }))
}
