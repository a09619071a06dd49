import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { berthClient, ProblemError, type Berth } from '../../client/index.ts'
import type { Call } from '../../web/as-curl.tsx'
import type { Visit, Who } from '../../web/page.tsx'
import { RequestFailed } from '../failure.ts'
import { fetchInside } from './inside.ts'
import { originOf } from './origin.ts'
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
  const ask = fetchInside(app, request)
  const unlisted = berthClient({ ...asVisitor, fetch: ask })
  const [{ data }, seen] = await Promise.all([
    unlisted.GET('/v1/sessions/current'),
    request.method === 'GET' ? newestEvent(unlisted) : null,
  ])
  const who: Who | null = data ? { name: data.name, role: data.role } : null
  const csrf = reply.generateCsrf()
  const berth = berthClient({
    ...asVisitor,
    fetch: (asked) => {
      if (asked.method === 'GET') calls.push(callOf(asked))
      return ask(asked)
    },
  })
  return { berth, visit: () => ({ who, csrf, calls, seen, path: request.url, origin: originOf(request) }) }
}

/** What everything that the page reads afterwards has seen: from there on it is followed. */
async function newestEvent(berth: Berth): Promise<string | null> {
  try {
    const { data } = await berth.GET('/v1/events', {
      params: { query: { follow: 'false' } },
      parseAs: 'text',
    })
    return /^id: (\d+)$/m.exec(data ?? '')?.[1] ?? null
  } catch (thrown) {
    // A page that is not live is a page all the same.
    if (thrown instanceof ProblemError) return null
    throw thrown
  }
}

/** The visit of whoever it is; for pages that need no sign-in. */
export async function anyVisit(
  app: FastifyInstance,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit> {
  try {
    return (await openVisit(app, request, reply)).visit()
  } catch {
    return strangersVisit(request, reply)
  }
}

/** A visit of somebody who is not signed in: it reads nothing. */
export function strangersVisit(request: FastifyRequest, reply: FastifyReply): Visit {
  return {
    who: null,
    csrf: reply.generateCsrf(),
    calls: [],
    seen: null,
    path: request.url,
    origin: originOf(request),
  }
}

function callOf({ method, url, headers }: Request): Call {
  const { pathname, search } = new URL(url)
  const accept = headers.get('accept')
  return { method, path: pathname + search, ...(accept !== null && accept !== '*/*' && { accept }) }
}
