import type { FastifyInstance, InjectOptions } from 'fastify'

/**
 * A `fetch` that asks this very process, past the network: pages are a client of the API like any other, with the
 * visitor's own rights, limits and refusals.
 */
export function fetchInside(app: FastifyInstance): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    const payload = request.body === null ? undefined : await request.text()
    const answer = await app.inject({
      method: request.method as NonNullable<InjectOptions['method']>,
      url: pathname + search,
      headers: Object.fromEntries(request.headers),
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
