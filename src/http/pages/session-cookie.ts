import type { FastifyReply, FastifyRequest } from 'fastify'
import { readBearer } from '../bearer.ts'

const NAME = 'berth_session'

/** The session that a browser shows, as a bearer credential; null where it shows none. */
export function sessionIn(request: FastifyRequest): string | null {
  const shown = request.cookies[NAME]
  // Anything else could not even be sent on.
  return shown !== undefined && readBearer(shown)?.kind === 'session' ? shown : null
}

/** Gives the browser a session: no script reads it, and no other site can send it along with a form. */
export function keepSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, until }: { readonly token: string; readonly until: string },
): void {
  reply.setCookie(NAME, token, { ...flagsFor(request), expires: new Date(until) })
}

export function dropSession(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(NAME, flagsFor(request))
}

/**
 * Without TLS, as on loopback, a browser would not keep a cookie that is `Secure`. Lax: who follows a link from a
 * chat stays signed in, and no page changes anything by being read.
 */
export function flagsFor(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: request.protocol === 'https' } as const
}
