import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { HostQuery } from '../../wire/host.ts'
import { fleetPage } from '../../web/fleet.tsx'
import { dropEmpty } from './drop-empty.ts'
import { html } from './html.ts'
import type { Pages } from './page-routes.ts'
import { openVisit } from './visit.ts'

/** An empty field of a form is no filter. */
const Filter = HostQuery.partial()

export const fleetPages: FastifyPluginAsyncZod<Pages> = async (web, { api }) => {
  web.get('/', async (_request, reply) => reply.redirect('/hosts', 303))

  web.get('/hosts', { preValidation: dropEmpty, schema: { querystring: Filter } }, async (request, reply) => {
    const { berth, visit } = await openVisit(api, request, reply)
    const [{ data: fleet }, { data: hosts }] = await Promise.all([
      berth.GET('/v1/fleet'),
      berth.GET('/v1/hosts', { params: { query: request.query } }),
    ])
    const { limit: _limit, cursor: _cursor, ...filter } = request.query
    return html(reply, fleetPage(visit(), { filter, fleet: fleet!, hosts: hosts! }))
  })
}
