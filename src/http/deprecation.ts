import type { FastifyInstance } from 'fastify'

/** How a route says that it will go. */
export interface Deprecated {
  /** When it was deprecated. RFC 3339, a day or an instant. */
  readonly since: string
  /** When it goes: twelve months later or more. */
  readonly sunset: string
  /** The path of what takes its place, as `/v1/things`. */
  readonly use: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    deprecated?: Deprecated
  }
}

/** For so long what is deprecated goes on working. */
export const NOTICE_MONTHS = 12

export const DEPRECATION_POLICY = [
  `What is deprecated goes on working for ${NOTICE_MONTHS} months at least.`,
  'The contract marks it `deprecated`, and its answers have `Deprecation` (RFC 9745), `Sunset` (RFC 8594: when it goes) and `Link` headers,',
  'of which `rel="successor-version"` names what takes its place.',
  'Fields, values of open lists, kinds of events, operations and problem codes may be added at any time.',
].join(' ')

/** Where people read of it. */
const POLICY_AT = '/docs'

/**
 * Marks routes of which `config.deprecated` says so, in the contract and in every answer, refusals too.
 *
 * Errors: the start fails where a sunset comes before the notice that is promised has passed, or where a date is none.
 *
 * Source: RFC 9745 (Deprecation), RFC 8594 (Sunset), RFC 5829 (successor-version).
 */
export function deprecations(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { deprecated } = route.config ?? {}
    if (!deprecated) return
    mustGiveNotice(route.url, deprecated)
    const { since, sunset, use } = deprecated
    const told = `Deprecated since ${since}: use ${use}. Gone after ${sunset}.`
    const description = [route.schema?.description, told].filter(Boolean).join(' ')
    route.schema = { ...route.schema, deprecated: true, description }
  })
  app.addHook('onSend', async (request, reply, payload) => {
    const { deprecated } = request.routeOptions.config
    if (!deprecated) return payload
    const link = reply.getHeader('link')
    const links = [
      ...(link === undefined ? [] : [String(link)]),
      `<${POLICY_AT}>; rel="deprecation"; type="text/html"`,
      `<${deprecated.use}>; rel="successor-version"`,
    ]
    reply
      .header('deprecation', `@${Math.floor(Date.parse(deprecated.since) / 1000)}`)
      .header('sunset', new Date(deprecated.sunset).toUTCString())
      .header('link', links.join(', '))
    return payload
  })
}

function mustGiveNotice(url: string, { since, sunset }: Deprecated): void {
  const from = new Date(since)
  const until = new Date(sunset)
  from.setUTCMonth(from.getUTCMonth() + NOTICE_MONTHS)
  if (!(until >= from)) {
    throw new Error(`${url}: from ${since} to ${sunset} are not ${NOTICE_MONTHS} months of notice`)
  }
}
