import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest, InjectOptions } from 'fastify'

/** Only this process knows it, so nobody outside can say that he is inside. */
const MARK = randomUUID()
const HEADER = 'berth-inside'

/** Whether a request is part of a page that was asked for, and counted, already. */
export function isInside(request: FastifyRequest): boolean {
  return request.headers[HEADER] === MARK
}

/**
 * A `fetch` that asks this very process, past the network: pages are a client of the API like any other, with the
 * visitor's own rights, limits and refusals.
 */
export function fetchInside(
  app: FastifyInstance,
  outer: FastifyRequest,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const payload = request.body === null ? undefined : await request.text()
    const answer = await app.inject({
      method: request.method as NonNullable<InjectOptions['method']>,
      url: pathname + search,
      headers: { ...Object.fromEntries(request.headers), [HEADER]: MARK },
      remoteAddress: outer.ip,
      ...(payload !== undefined && { payload }),
    })
    const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    )
    // A response of these may have no body, not even an empty one.
    const bare = answer.statusCode === 204 || answer.statusCode === 304
    return new Response(bare ? null : answer.body, { status: answer.statusCode, headers })
  }
}
