import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { berthClient, type Berth } from '../../client/index.ts'
import type { Call } from '../../web/as-curl.tsx'
import type { Visit, Who } from '../../web/page.tsx'
import { RequestFailed } from '../failure.ts'
import { fetchInside } from './inside.ts'
import { sessionIn } from './session-cookie.ts'

/** A page that somebody asks for: the API as that visitor, and what every page shows of the visit. */
export interface Visiting {
  readonly berth: Berth
  /** To be asked when all reads are done: it lists them. */
  readonly visit: () => Visit
}

/** Where the API is, for a client that never leaves the process. */
const INSIDE = 'http://inside.invalid'

/**
 * Opens a visit for whoever is signed in.
 *
 * Errors: `unauthenticated` without a session; a session that has ended shows at the first read.
 */
export async function openVisit(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visiting> {
  const token = sessionIn(request)
  if (token === null) throw new RequestFailed({ code: 'unauthenticated', detail: 'sign in first' })
  const calls: Call[] = []
  const asVisitor = {
    server: INSIDE,
    credential: token,
    // What the reads log belongs to the page's own line.
    headers: { 'x-request-id': request.id },
  }
  const ask = fetchInside(app)
  const { data } = await berthClient({ ...asVisitor, fetch: ask }).GET('/v1/sessions/current')
  const who: Who | null = data ? { name: data.name, role: data.role } : null
  const csrf = reply.generateCsrf()
  const berth = berthClient({
    ...asVisitor,
    fetch: (asked) => {
      if (asked.method === 'GET') calls.push(callOf(asked))
      return ask(asked)
    },
  })
  return { berth, visit: () => ({ who, csrf, calls, path: request.url, origin: originOf(request) }) }
}

/** A visit of somebody who is not signed in: it reads nothing. */
export function strangersVisit(request: FastifyRequest, reply: FastifyReply): Visit {
  return { who: null, csrf: reply.generateCsrf(), calls: [], path: request.url, origin: originOf(request) }
}

export function originOf(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function callOf({ method, url, headers }: Request): Call {
  const { pathname, search } = new URL(url)
  const accept = headers.get('accept')
  return { method, path: pathname + search, ...(accept !== null && accept !== '*/*' && { accept }) }
}
