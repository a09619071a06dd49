import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { auditPage } from '../../web/audit.tsx'
import { AuditQuery } from '../../wire/audit.ts'
import { dropEmpty } from './drop-empty.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const SHOWN = 50

const Query = AuditQuery.omit({ limit: true }).extend({
  // What happened just now is looked for more often than how it began.
  order: z.enum(['oldest', 'newest']).default('newest'),
})

/** The audit, for who may read it. */
export const auditPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/audit', { preValidation: dropEmpty, schema: { querystring: Query } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const { data: entries } = await berth.GET('/v1/audit', {
      params: { query: { ...request.query, limit: SHOWN } },
    })
    return html(reply, auditPage(visit(), { filter: request.query, entries: entries! }))
  })
}
