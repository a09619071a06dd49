import type { FastifyReply, FastifyRequest } from 'fastify'

const NAME = 'berth_session'

/** The session that a browser shows, as a bearer credential; null where it shows none. */
export function sessionIn(request: FastifyRequest): string | null {
  return request.cookies[NAME] ?? null
}

/** Gives the browser a session: no script reads it, and no other site can send it along. */
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

/** Without TLS, as on loopback, a browser would not keep a cookie that is `Secure`. */
export function flagsFor(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' } as const
}
