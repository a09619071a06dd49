import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './generated/api.ts'
import { ProblemError, problemIn, type Problem } from './problem.ts'

export { ProblemError }
export type { Problem }
export { everyItem, type Page } from './every-item.ts'
export { lines } from './lines.ts'
/** Every schema of the contract by its name, every path with what it takes and answers. */
export type Schemas = components['schemas']
export type { paths }

export interface BerthOptions {
  /** Base URL of the service, with or without a slash at the end. */
  readonly server: string
  /** An API key, a host's credential, or a session; nothing for what is public. */
  readonly credential?: string
  /** How requests are sent; the runtime's own `fetch` where it is left out. */
  readonly fetch?: (request: Request) => Promise<Response>
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
}

export type Berth = Client<paths>

/**
 * A client of the service, typed by its contract: `berth.GET('/v1/hosts/{hostId}', { params: { path: { hostId } } })`.
 *
 * Errors: whatever the service refuses is thrown as a `ProblemError` with the service's own words; what keeps
 * a request from being answered is thrown as `fetch` throws it.
 */
export function berthClient({ server, credential, fetch, headers }: BerthOptions): Berth {
  const client = createClient<paths>({
    baseUrl: server.replace(/\/+$/, ''),
    headers: { ...headers, ...(credential !== undefined && { authorization: `Bearer ${credential}` }) },
    ...(fetch && { fetch }),
  })
  client.use({
    async onResponse({ request, response }) {
      // 304 is what a caller with If-None-Match asked for.
      if (response.ok || response.status === 304) return
      throw new ProblemError(await problemIn(response), { method: request.method, url: request.url })
    },
  })
  return client
}
