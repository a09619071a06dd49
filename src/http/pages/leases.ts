import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { leasesPage } from '../../web/leases.tsx'
import { LeaseParams, PoolName } from '../../wire/lease.ts'
import { MAX_LIMIT } from '../../wire/page.ts'
import { Reason } from '../../wire/scalars.ts'
import { dropEmpty } from './drop-empty.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

const Query = z.object({ pool: PoolName.optional(), cursor: z.string().max(500).optional() })

/** Who holds a lease; an operator may take it away. */
export const leasePages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/leases', { preValidation: dropEmpty, schema: { querystring: Query } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const { query } = request
    const [{ data: pools }, { data: leases }] = await Promise.all([
      berth.GET('/v1/lease-pools', { params: { query: { limit: MAX_LIMIT } } }),
      berth.GET('/v1/leases', { params: { query } }),
    ])
    return html(
      reply,
      leasesPage(visit(), { pool: query.pool ?? null, pools: pools!.items, leases: leases! }),
    )
  })

  web.post(
    '/leases/:leaseId/release',
    {
      schema: { params: LeaseParams, body: z.object({ reason: Reason }) },
    },
    async (request, reply) => {
      const { berth } = await openVisit(api, request, reply)
      const { reason } = request.body
      await berth.POST('/v1/leases/{leaseId}/release', { params: { path: request.params }, body: { reason } })
      return reply.redirect('/leases', 303)
    },
  )
}
